import { Command } from '../command';
import { SHELLS, completionScript } from '../completion';
import { HELP } from '../options';

export const completion: Command = {
  name: 'completion',
  summary: 'Print the script by which a shell completes command lines',
  about: `Prints the script by which a shell completes command lines of cdk8s-slices. The package brings kubectl_complete-slices, by which
kubectl completes 'kubectl slices' by itself.`,
  arguments: [{ name: 'SHELL', required: true, choices: SHELLS }],
  options: HELP,
  examples: [
    'completion bash > /etc/bash_completion.d/cdk8s-slices',
    'completion zsh > "${fpath[1]}/_cdk8s-slices"',
    'completion fish > ~/.config/fish/completions/cdk8s-slices.fish',
  ],
  async run(call) {
    call.streams.out(completionScript(call.args[0] as (typeof SHELLS)[number], 'cdk8s-slices'));
  },
};
