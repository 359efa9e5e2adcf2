using Spectre.Console.Rendering;

namespace Snakepit.Cli.Output;

/// <summary>The alternate screen of a terminal, without a cursor. Disposing gives the user the screen back as it was.</summary>
internal sealed class WholeScreen : IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l";
    private const string Leave = "\e[?25h\e[?1049l";
    private const string Home = "\e[H";
    private const string ClearToEndOfLine = "\e[K";
    private const string ClearBelow = "\e[J";

    private readonly Terminal _terminal;

    public WholeScreen(Terminal terminal)
    {
        _terminal = terminal;
        _terminal.WriteRaw(Enter);
    }

    /// <summary>Draws over what is there, in one piece, so that nothing flickers.</summary>
    public void Show(IRenderable what)
    {
        string[] lines = _terminal.Draw(what).TrimEnd('\n').Split('\n');
        IEnumerable<string> shown = lines.Take(Math.Max(1, _terminal.Console.Profile.Height));
        _terminal.WriteRaw(Home + string.Join('\n', shown.Select(static line => line + ClearToEndOfLine)) + ClearBelow);
    }

    public void Dispose() => _terminal.WriteRaw(Leave);
}
