using System.Text;
using System.Text.Json;
using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Python;
using Snakepit.Values;
using Snakepit.Workers;

namespace Snakepit.Doctor;

/// <summary>
/// What an interpreter says of itself and of an adapter, in a process of its own. It says one thing a line, so an adapter that hangs or
/// kills the process leaves what was said before it.
/// </summary>
internal sealed class AdapterExamination
{
    private static readonly JsonValueCodec s_codec = new();
    private readonly Lock _gate = new();

    /// <summary>How the process ended.</summary>
    public CommandOutput? End { get; private set; }

    /// <summary>Whether a global lock keeps Python code from running in parallel; null when the interpreter did not say.</summary>
    public bool? HasGil { get; private set; }

    public IReadOnlyList<string> SearchPath { get; private set; } = [];

    /// <summary>The modules that cannot be found, each with what asks for it; null when the interpreter did not say.</summary>
    public IReadOnlyList<(string Module, string Asker)>? Missing { get; private set; }

    /// <summary>Whether the adapter's own code began to run.</summary>
    public bool IsLoading { get; private set; }

    /// <summary>What the adapter offers; null when it was not loaded.</summary>
    public WorkerAbilities? Abilities { get; private set; }

    public WorkerFailure? Failure { get; private set; }

    /// <summary>What is known of threads and the libraries that are imported; null when the interpreter did not say.</summary>
    public IReadOnlyList<ThreadHazard>? Hazards { get; private set; }

    /// <summary>Runs the process to its end, or kills it after <paramref name="timeout"/>. Throws only on cancellation.</summary>
    public static async Task<AdapterExamination> RunAsync(
        PythonTools tools, PythonInterpreter python, PoolOptions pool, string adapter, DoctorOptions options, TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        var examination = new AdapterExamination();
        string[] command = BootCommand.Examine(python, tools.Package, Ask(pool, adapter, options));
        var request = new CommandRequest(command[0], command[1..], timeout)
        {
            Variables = WorkerEnvironment.Build(tools.Host, pool, python.Environment),
            OnOutput = examination.Take,
        };
        examination.End = await tools.RunAsync(python, request, cancellationToken).ConfigureAwait(false);
        return examination;
    }

    private static string Ask(PoolOptions pool, string adapter, DoctorOptions options)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("adapter", adapter);
            WriteTexts(json, "python_path", pool.Python.PythonPath.Select(Path.GetFullPath));
            WriteTexts(json, "modules", options.RequiredModules);
            WriteTexts(json, "preload", pool.Start.Preload);
            json.WriteNumber("threads", pool.Profile == WorkerProfile.Thread ? pool.ThreadsPerWorker : 0);
            json.WriteString("thread_safety", Handshake.NameOf(pool.ThreadSafety));
            json.WriteBoolean("loads", options.LoadsAdapters);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }
        json.WriteEndArray();
    }

    private void Take(string line)
    {
        lock (_gate)
        {
            try
            {
                byte[] body = Encoding.UTF8.GetBytes(line);
                using JsonDocument document = JsonDocument.Parse(body);
                Take(document.RootElement, body);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ProtocolException)
            {
                // The adapter has found the descriptor and written to it. What it has written counts as not said.
            }
        }
    }

    private void Take(JsonElement said, byte[] body)
    {
        switch (said.GetProperty("kind").GetString())
        {
            case "python":
                HasGil = said.GetProperty("gil").GetBoolean();
                SearchPath = Texts(said.GetProperty("search_path"));
                break;
            case "modules":
                Missing = [.. said.GetProperty("missing").EnumerateArray().Select(static one => (Text(one[0]), Text(one[1])))];
                break;
            case "loading":
                IsLoading = true;
                break;
            case "adapter":
                Abilities = Handshake.ReadAbilities(body);
                break;
            case "failure":
                Failure = Handshake.ReadFailure(body, s_codec);
                break;
            case "libraries":
                Hazards =
                [
                    .. said.GetProperty("known").EnumerateArray().Select(static one => new ThreadHazard
                    {
                        Library = Text(one[0]), Hazard = Text(one[1]), Remedy = Text(one[2]), Source = Text(one[3]),
                    }),
                ];
                break;
            default:
                break;
        }
    }

    private static string[] Texts(JsonElement array) => [.. array.EnumerateArray().Select(Text)];

    private static string Text(JsonElement text) => text.GetString() ?? "";
}
