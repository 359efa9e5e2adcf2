using Snakepit.Cli;

return await CommandLine.RunAsync(args, Shell.OfProcess());
