namespace Snakepit.Processes;

/// <summary>What to start. The environment is complete: nothing is inherited.</summary>
internal sealed record ChildCommand(IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string WorkingDirectory);
