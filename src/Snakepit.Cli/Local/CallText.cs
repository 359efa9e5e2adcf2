using System.CommandLine.Parsing;
using System.Text.Json;
using Snakepit.Cli.Output;
using Snakepit.Values;

namespace Snakepit.Cli.Local;

/// <summary>Reads the arguments of a call from a command line: one JSON object or list, or <c>name=value</c> for arguments by name and
/// anything else for arguments by position. A value that is JSON is taken as JSON, and any other one as text.</summary>
internal static class CallText
{
    private const int MaxDepth = 62; // a host reads 64 levels, and two of them are the order
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = MaxDepth };
    private static readonly JsonDocumentOptions s_anyDepth = new() { MaxDepth = int.MaxValue };

    /// <summary>Returns the words of a line: a tool and its arguments. Double quotes hold words together, and JSON arguments stay as they
    /// are.</summary>
    /// <exception cref="CliException">A quote has no end.</exception>
    public static string[] Split(string line)
    {
        string[] parts = line.Trim().Split((char[]?)null, 2, StringSplitOptions.TrimEntries);
        if (parts is [var tool, ['{' or '[', ..] json])
        {
            return [tool, json];
        }
        return line.Count(static letter => letter == '"') % 2 == 0
            ? [.. CommandLineParser.SplitCommandLine(line)]
            : throw Wrong("A quote has no end. Write text with spaces in double quotes: greet name=\"Ada Lovelace\".");
    }

    /// <summary>Returns the arguments: an object, a list, or both.</summary>
    /// <exception cref="CliException">The arguments cannot be read.</exception>
    public static (JsonElement? Named, JsonElement? Positional) Read(IReadOnlyList<string> words)
    {
        if (words is [var only] && only.TrimStart() is ['{' or '[', ..])
        {
            JsonElement json = Whole(Parse(only));
            if (json.ValueKind != JsonValueKind.Object)
            {
                return (null, json);
            }
            return DoubledName.In(json) is { } twice ? throw Wrong($"Argument '{Shown.Text(twice)}' is given twice.") : (json, null);
        }
        var named = new Dictionary<string, JsonElement>();
        var positional = new List<JsonElement>();
        foreach (string word in words)
        {
            int equals = word.IndexOf('=');
            if (equals > 0 && IsName(word.AsSpan(0, equals)))
            {
                if (!named.TryAdd(word[..equals], ValueOf(word[(equals + 1)..])))
                {
                    throw Wrong($"Argument '{word[..equals]}' is given twice.");
                }
            }
            else
            {
                positional.Add(ValueOf(word));
            }
        }
        return (
            named.Count == 0 ? null : JsonSerializer.SerializeToElement(named, CliJson.Default.DictionaryStringJsonElement),
            positional.Count == 0 ? null : JsonSerializer.SerializeToElement(positional, CliJson.Default.ListJsonElement));
    }

    /// <summary>Returns what a tool of a pool in this process is called with.</summary>
    /// <exception cref="CliException">The arguments cannot be read.</exception>
    public static ToolArguments ForPool(IReadOnlyList<string> words)
    {
        (JsonElement? named, JsonElement? positional) = Read(words);
        ToolArguments arguments = positional is { } list ? ToolArguments.FromList(list.EnumerateArray()) : default;
        return named is { } map
            ? arguments.AndNamed([.. map.EnumerateObject().Select(static one => (one.Name, (object?)one.Value))])
            : arguments;
    }

    /// <summary>Returns what a tool of a host is called with.</summary>
    /// <exception cref="CliException">The arguments cannot be read.</exception>
    public static JsonElement? ForHost(IReadOnlyList<string> words) => Read(words) switch
    {
        ({ }, { }) => throw Wrong("A host takes arguments by name or by position, not both. Name all of them."),
        (var named, var positional) => named ?? positional,
    };

    private static JsonElement Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text, s_options);
        }
        catch (JsonException e)
        {
            throw IsTooDeep(text)
                ? TooDeep()
                : Wrong($"The arguments begin like JSON, but are none: they cannot be read at byte {e.BytePositionInLine + 1}. "
                    + "In a shell, write them in single quotes.");
        }
    }

    private static JsonElement ValueOf(string text)
    {
        try
        {
            return Whole(JsonElement.Parse(text, s_options));
        }
        catch (JsonException)
        {
            return IsTooDeep(text) ? throw TooDeep() : JsonSerializer.SerializeToElement(text, CliJson.Default.String);
        }
    }

    private static bool IsTooDeep(string text)
    {
        try
        {
            _ = JsonElement.Parse(text, s_anyDepth);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static CliException TooDeep() => Wrong($"An argument is nested deeper than {MaxDepth} levels. Pass a file of it to the tool.");

    private static JsonElement Whole(JsonElement json) => WholeText.IsIn(json)
        ? json
        : throw Wrong($"An argument cannot be sent: {WholeText.Problem}");

    private static bool IsName(ReadOnlySpan<char> text)
    {
        foreach (char letter in text)
        {
            if (letter != '_' && !char.IsLetterOrDigit(letter))
            {
                return false;
            }
        }
        return !char.IsAsciiDigit(text[0]);
    }

    private static CliException Wrong(string problem) => new(ExitCode.WrongCommandLine, problem);
}
