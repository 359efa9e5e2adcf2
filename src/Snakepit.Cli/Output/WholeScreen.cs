using System.Runtime.InteropServices;
using Snakepit.Processes.Interop.Linux;
using Spectre.Console.Rendering;

namespace Snakepit.Cli.Output;

/// <summary>The alternate screen of a terminal, without a cursor. Disposing gives the user the screen back as it was; so does stopping the
/// tool by Ctrl-Z, until it goes on.</summary>
internal sealed class WholeScreen : IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l";
    private const string Leave = $"{Terminal.NormalKeypad}\e[?25h\e[?1049l";
    private const string Home = "\e[H";
    private const string ClearToEndOfLine = "\e[K";
    private const string ClearBelow = "\e[J";
    private const int StopOnLinux = 19, StopOnMacOS = 17; // SIGSTOP

    private readonly Terminal _terminal;
    private readonly PosixSignalRegistration[] _signals = [];
    private string _shown = "";

    public WholeScreen(Terminal terminal)
    {
        _terminal = terminal;
        if (!OperatingSystem.IsWindows())
        {
            _signals =
            [
                PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Stop),
                PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => _terminal.WriteRaw(Enter + _shown)),
            ];
        }
        _terminal.WriteRaw(Enter);
    }

    /// <summary>Draws over what is there, in one piece, so that nothing flickers.</summary>
    public void Show(IRenderable what)
    {
        string[] lines = _terminal.Draw(what).TrimEnd('\n').Split('\n');
        IEnumerable<string> shown = lines.Take(Math.Max(1, _terminal.Console.Profile.Height));
        _shown = Home + string.Join('\n', shown.Select(static line => line + ClearToEndOfLine)) + ClearBelow;
        _terminal.WriteRaw(_shown);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
        {
            signal.Dispose();
        }
        _terminal.WriteRaw(Leave);
    }

    /// <summary>Stops the tool, which .NET leaves to the handler of the signal.</summary>
    private void Stop(PosixSignalContext context)
    {
        _terminal.WriteRaw(Leave);
        _ = Libc.kill(Environment.ProcessId, OperatingSystem.IsMacOS() ? StopOnMacOS : StopOnLinux);
    }
}
