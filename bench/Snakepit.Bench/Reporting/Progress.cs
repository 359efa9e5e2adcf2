using Spectre.Console;

namespace Snakepit.Bench.Reporting;

/// <summary>Tells on the error stream how far a run is, so that the output stays the result's.</summary>
internal sealed class Progress
{
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    public void Say(string line) => _console.MarkupLineInterpolated($"[grey]{line}[/]");
}
