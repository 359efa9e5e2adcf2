namespace Snakepit.Processes;

/// <summary>The command line and environment of a process. The environment is complete: the process inherits no variable.</summary>
internal sealed record ChildCommand(
    IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string WorkingDirectory);
