using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snakepit.Cli.Output;

/// <summary>Where the tool writes: results to the output, problems and progress to the errors. In a terminal the output has colours, unless
/// NO_COLOR is set; elsewhere it is plain text of 80 columns, or as many as COLUMNS says.</summary>
internal sealed class Terminal
{
    /// <summary>Sets the keypad of a terminal as it is outside of programs.</summary>
    public const string NormalKeypad = "\e[?1l\e>";

    private const int DefaultWidth = 80;
    private const int LeastWidth = 20;
    private const int Indent = 4;

    private readonly Style _problem = new(Color.Red);
    private readonly IAnsiConsole _errors;

    /// <param name="output">Where results go.</param>
    /// <param name="errors">Where problems and progress go.</param>
    /// <param name="input">Where a prompt reads.</param>
    public Terminal(IAnsiConsole output, IAnsiConsole errors, TextReader input)
    {
        Console = output;
        _errors = errors;
        Input = input;
    }

    /// <summary>The output, for what draws on it.</summary>
    public IAnsiConsole Console { get; }

    public TextReader Input { get; }

    /// <summary>Whether the output is a terminal.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Whether somebody types at the prompt and sees the answer.</summary>
    public bool IsInteractive { get; init; }

    public int Width => Math.Max(LeastWidth, Console.Profile.Width);

    /// <summary>The output, for text that must not be wrapped.</summary>
    public TextWriter Writer => Console.Profile.Out.Writer;

    public TextWriter Errors => _errors.Profile.Out.Writer;

#pragma warning disable RS0030 // The terminal is where the tool writes.
    public static Terminal OfProcess()
    {
        bool isTerminal = !System.Console.IsOutputRedirected;
        return new Terminal(
            Open(System.Console.Out, isTerminal),
            Open(System.Console.Error, !System.Console.IsErrorRedirected),
            System.Console.In)
        {
            IsTerminal = isTerminal,
            IsInteractive = isTerminal && !System.Console.IsInputRedirected,
        };
    }
#pragma warning restore RS0030

    /// <summary>Returns a terminal without colours that writes elsewhere.</summary>
    public static Terminal Plain(TextWriter output, TextWriter errors, TextReader input, int width)
    {
        IAnsiConsole console = Open(output, isTerminal: false), problems = Open(errors, isTerminal: false);
        console.Profile.Width = problems.Profile.Width = width;
        return new Terminal(console, problems, input);
    }

    public void Write(IRenderable what) => Write(Console, what);

    public void Write(TableView table) => Write(table.Render(Width));

    /// <summary>Returns a text to draw. A terminal does not obey what others have put into it.</summary>
    public static Text TextOf(string text, Style? style = null) => new(Shown.Printable(text), style);

    /// <summary>Writes a paragraph, wrapped to the width.</summary>
    public void Say(string text, Style? style = null) => Write(TextOf(text + "\n", style));

    /// <summary>Writes a paragraph that is indented.</summary>
    public void SayBelow(string text) => Write(new Padder(TextOf(text), new Padding(Indent, 0, 0, 0)));

    /// <summary>Writes lines that have a layout of their own.</summary>
    public void WriteLines(string lines) => Writer.WriteLine(Shown.Printable(lines));

    /// <summary>Writes a line as it is, for programs.</summary>
    public void WriteLine(string line) => Writer.WriteLine(line);

    public void WriteJson<T>(T document, JsonTypeInfo<T> type) => Writer.WriteLine(JsonSerializer.Serialize(document, type));

    /// <summary>Writes a problem.</summary>
    public void Complain(string problem)
    {
        (string message, string traceback) = CallProblem.Split(problem);
        Write(_errors, TextOf(message + "\n", _problem));
        if (traceback.Length > 0)
        {
            Errors.WriteLine(Shown.Printable(traceback));
        }
    }

    /// <summary>Writes a problem, if that is possible.</summary>
    public void TryComplain(string problem)
    {
        try
        {
            Complain(problem);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The exit code still tells it.
        }
    }

    /// <summary>Writes what is going on, apart from the results.</summary>
    public void Note(string news) => Write(_errors, TextOf(news + "\n"));

    /// <summary>Writes control sequences and what they enclose.</summary>
    public void WriteRaw(string text)
    {
        Writer.Write(text);
        Writer.Flush();
    }

    /// <summary>Undoes what .NET has changed in a terminal: it sets the keypad, and leaves it so.</summary>
    public void GiveBack()
    {
        if (IsTerminal && Console.Profile.Capabilities.Ansi)
        {
            WriteRaw(NormalKeypad);
        }
    }

    /// <summary>Returns what the output would get, with its control sequences.</summary>
    public string Draw(IRenderable what)
    {
        var text = new StringWriter { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(text),
            Ansi = AnsiSupport.Yes,
            ColorSystem = Console.Profile.Capabilities.ColorSystem == ColorSystem.NoColors
                ? ColorSystemSupport.NoColors
                : ColorSystemSupport.Standard,
        });
        console.Profile.Width = Width;
        console.Write(what);
        return text.ToString();
    }

#pragma warning disable RS0030 // Keys come from the console.
    /// <summary>Waits until the user presses a key. The end of the process ends the wait.</summary>
    public static Task WaitForKeyAsync(char key) => Task.Factory.StartNew(
        () =>
        {
            while (System.Console.ReadKey(intercept: true).KeyChar != key)
            {
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
#pragma warning restore RS0030

    /// <summary>Writes to a console. Plain text gets no spaces at the ends of its lines, which layouts are filled up with.</summary>
    private static void Write(IAnsiConsole console, IRenderable what)
    {
        if (console.Profile.Capabilities.Ansi)
        {
            console.Write(what);
            return;
        }
        string text = string.Concat(what.GetSegments(console).Select(static segment => segment.IsControlCode ? "" : segment.Text));
        console.Profile.Out.Writer.Write(string.Join('\n', text.Split('\n').Select(static line => line.TrimEnd())));
    }

    private static IAnsiConsole Open(TextWriter writer, bool isTerminal)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal && !IsSet("NO_COLOR") ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!isTerminal)
        {
            console.Profile.Width = int.TryParse(
                Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int width) && width > 0
                ? width
                : DefaultWidth;
        }
        return console;
    }

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
