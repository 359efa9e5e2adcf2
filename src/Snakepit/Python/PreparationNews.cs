namespace Snakepit.Python;

/// <summary>Gets what a preparation does, as it happens.</summary>
/// <param name="Step">A step begins: a command, or waiting for another process.</param>
/// <param name="Line">The installer has written a line.</param>
internal sealed record PreparationNews(Action<string> Step, Action<string> Line);
