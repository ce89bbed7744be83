from cdk8s import App, Size
from cdk8s_slices import Balancer, CachePool, Durability, ReplicatedMySQL, Site, StaticFiles, WebServer, WebTier

app = App()
site = Site(app, "ams", domain="example.org")

db = ReplicatedMySQL(site, "db", ram=Size.mebibytes(512), durability=Durability.PREFERRED, databases=["forum"])
cache = CachePool(site, "memc", ram=Size.mebibytes(256))

web = WebTier(
    site,
    "web",
    ram=Size.mebibytes(512),
    slices=2,
    image="docker.io/library/httpd:2.4",
    server=WebServer.httpd(),
    uses=[db, cache],
    files={"/usr/local/apache2/htdocs/index.html": "<h1>Two slices say hello</h1>\n"},
)

Balancer(
    site,
    "lb",
    ram=Size.mebibytes(256),
    web=web,
    static_files=[StaticFiles.from_text({"/robots.txt": "User-agent: *\n"})],
)

app.synth()
