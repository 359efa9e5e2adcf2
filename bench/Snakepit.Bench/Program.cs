using Snakepit.Bench;

return await BenchCommandLine.RunAsync(args);
