using Spectre.Console;

namespace Snakepit.Cli.Output;

/// <summary>A cell of a table.</summary>
/// <param name="Text">The text, which is shown on one line.</param>
/// <param name="Style">The style where the terminal has colours. The text says everything without it.</param>
internal readonly record struct Cell(string Text, Style? Style = null)
{
    private static readonly Style s_good = new(Color.Green), s_doubtful = new(Color.Yellow), s_bad = new(Color.Red);

    public string Text { get; } = Shown.Line(Text);

    public static implicit operator Cell(string? text) => new(text ?? "");

    public static implicit operator Cell(int number) => new(Show.Number(number));

    public static implicit operator Cell(long number) => new(Show.Number(number));

    public static Cell Good(string text) => new(text, s_good);

    public static Cell Doubtful(string text) => new(text, s_doubtful);

    public static Cell Bad(string text) => new(text, s_bad);

    /// <summary>Returns the state of a pool, a worker or a check in its colour.</summary>
    public static Cell State(string state) => state switch
    {
        "ready" or "serving" or "ok" or "healthy" => Good(state),
        "failing" or "failed" or "stuck" or "stopped" or "unhealthy" or "error" => Bad(state),
        "degraded" or "warning" or "starting" or "draining" or "starved" or "busy" => Doubtful(state),
        _ => state,
    };
}
