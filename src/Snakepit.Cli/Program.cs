using Snakepit.Cli;

var shell = Shell.OfProcess();
int code = await CommandLine.RunAsync(args, shell);
shell.Terminal.GiveBack();
return code;
