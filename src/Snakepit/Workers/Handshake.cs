using System.Text;
using System.Text.Json;
using Snakepit.Frames;
using Snakepit.Telemetry;
using Snakepit.Values;

namespace Snakepit.Workers;

/// <summary>Reads and writes the bodies of handshake and control frames.</summary>
internal static class Handshake
{
    public const string RecycleRequested = "recycle_requested";
    public const string MemoryUsage = "memory_usage";
    public const string Collected = "collected";

    /// <summary>Reads the features of a worker from its HELLO.</summary>
    /// <exception cref="ProtocolException">The worker and the host have no protocol version in common.</exception>
    public static WorkerFeatures ReadHello(ReadOnlySpan<byte> body)
    {
        (int lowest, int highest, bool sharesPage, bool hasMarshal) = Parse(body, static hello => (
            hello.GetProperty("protocol")[0].GetInt32(),
            hello.GetProperty("protocol")[1].GetInt32(),
            Lists(hello, "features", "page"),
            Lists(hello, "codecs", NameOf(BodyFormat.Marshal))));
        if (highest < Protocol.LowestVersion || lowest > Protocol.HighestVersion)
        {
            throw new ProtocolException(
                $"The worker speaks protocol {lowest} to {highest}, this host {Protocol.LowestVersion} to {Protocol.HighestVersion}. "
                    + "Use the worker package that came with Snakepit.dll.");
        }
        return new WorkerFeatures(sharesPage, hasMarshal);
    }

    public static byte[] Init(WorkerStart launch, BodyFormat format)
    {
        WorkerBlueprint blueprint = launch.Blueprint;
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("protocol", Protocol.HighestVersion);
            json.WriteString("codec", NameOf(format));
            json.WriteString("worker", launch.Id.ToString());
            json.WriteString("pool", launch.Id.Pool);
            json.WriteNumber("slot", launch.Id.Slot);
            json.WriteNumber("generation", launch.Id.Generation);
            json.WriteString("adapter", blueprint.Adapter);
            WriteNames(json, "python_path", blueprint.PythonPath);
            json.WriteNumber("max_message", blueprint.MaxMessage);
            json.WriteString("unserializable", blueprint.Unserializable switch
            {
                UnserializableDetail.None => "none",
                UnserializableDetail.ReprTruncated => "repr_truncated",
                UnserializableDetail.ReprRedacted => "repr_redacted",
                _ => "type",
            });
            json.WriteNumber("repr_max_length", blueprint.ReprMaxLength);
            json.WriteString("warmup", blueprint.Warmup);
            json.WriteBoolean("interrupts", !blueprint.Portable);
            if (blueprint.Threads > 0)
            {
                json.WriteNumber("threads", blueprint.Threads);
                json.WriteNumber("async_calls", blueprint.Capacity);
                json.WriteString("thread_safety", NameOf(blueprint.ThreadSafety));
            }
            if (blueprint.HostTools.Count > 0)
            {
                json.WritePropertyName("host_tools");
                JsonSerializer.Serialize(json, HostTool.Tell(blueprint.HostTools), BuiltInTypes.Default.DictionaryStringObject);
            }
            WriteTelemetry(json, blueprint.Telemetry);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    public static WorkerAbilities ReadAbilities(ReadOnlySpan<byte> body) => Parse(body, static ready => new WorkerAbilities(
        [.. ready.GetProperty("tools").Clone().EnumerateArray().Select(ReadTool)], // one copy, which holds all schemas
        HasHealthCheck: ready.TryGetProperty("health_check", out JsonElement check) && check.GetBoolean(),
        Source: ready.TryGetProperty("source", out JsonElement source) ? source.GetString() : null,
        Device: ready.TryGetProperty("device", out JsonElement device) ? ReadDevice(device.GetString()) : null,
        MovesSessions: ready.TryGetProperty("moves_sessions", out JsonElement moves) && moves.GetBoolean())
    {
        SearchPath = ready.TryGetProperty("search_path", out JsonElement path)
            ? [.. path.EnumerateArray().Select(static entry => entry.GetString() ?? "")]
            : [],
    });

    public static WorkerFailure ReadFailure(ReadOnlySpan<byte> body, JsonValueCodec codec) => Parse(body, failed =>
    {
        ToolError error = codec.ReadError(Encoding.UTF8.GetBytes(failed.GetProperty("error").GetRawText()));
        return new WorkerFailure(Text(failed, "stage"), error.Headline, error);
    });

    public static PythonRecord ReadLog(ReadOnlySpan<byte> body) => Parse(body, static log =>
    {
        long dropped = log.TryGetProperty("dropped", out JsonElement count) ? count.GetInt64() : 0;
        return new PythonRecord(Text(log, "level"), Text(log, "message"))
        {
            Call = log.TryGetProperty("call", out JsonElement call) ? call.GetUInt64() : 0,
            Logger = OptionalText(log, "logger"),
            Exception = OptionalText(log, "exception"),
            Tool = OptionalText(log, "tool"),
            Session = OptionalText(log, "session"),
            Category = OptionalText(log, "category"),
            File = OptionalText(log, "file"),
            Line = log.TryGetProperty("line", out JsonElement line) ? line.GetInt32() : null,
            Dropped = dropped >= 0 ? dropped : throw new FormatException("'dropped' is negative."),
        };
    });

    /// <summary>Reads an event of a worker. Unknown kinds are later additions.</summary>
    public static (string Kind, long Bytes) ReadEvent(ReadOnlySpan<byte> body) => Parse(body, static happened =>
    {
        string kind = Text(happened, "kind");
        long bytes = kind == MemoryUsage ? happened.GetProperty("bytes").GetInt64() : 0;
        return bytes >= 0 ? (kind, bytes) : throw new FormatException("'bytes' is negative.");
    });

    /// <summary>Tells which signals of <c>ctx.telemetry</c> to send; nothing when all are.</summary>
    private static void WriteTelemetry(Utf8JsonWriter json, PythonTelemetryOptions options)
    {
        if (options.Include.Count == 0 && options.Exclude.Count == 0 && options.Sampling >= 1)
        {
            return;
        }
        json.WriteStartObject("telemetry");
        WriteNames(json, "include", options.Include);
        WriteNames(json, "exclude", options.Exclude);
        json.WriteNumber("sampling", options.Sampling);
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string property, IEnumerable<string> names)
    {
        json.WriteStartArray(property);
        foreach (string name in names)
        {
            json.WriteStringValue(name);
        }
        json.WriteEndArray();
    }

    private static string? ReadDevice(string? device) =>
        device is null or { Length: > 0 and <= Protocol.MaxDevice }
            ? device
            : throw new FormatException($"'device' has {device.Length} characters.");

    public static string NameOf(ThreadSafetyMode mode) => mode switch
    {
        ThreadSafetyMode.Strict => "strict",
        ThreadSafetyMode.Watch => "watch",
        _ => "trust",
    };

    private static string NameOf(BodyFormat format) => format == BodyFormat.Marshal ? "marshal" : "json";

    private static bool Lists(JsonElement hello, string name, string value) =>
        hello.TryGetProperty(name, out JsonElement values) && values.EnumerateArray().Any(one => one.GetString() == value);

    private static ToolDescriptor ReadTool(JsonElement tool) => new()
    {
        Name = Text(tool, "name"),
        Description = Text(tool, "description"),
        Parameters = [.. tool.GetProperty("parameters").EnumerateArray().Select(ReadParameter)],
        IsIdempotent = tool.GetProperty("idempotent").GetBoolean(),
        IsExact = tool.TryGetProperty("exact", out JsonElement exact) && exact.GetBoolean(),
        ParametersSchema = ReadSchema(tool, "schema"),
        ResultSchema = ReadSchema(tool, "result"),
        Cancellation = tool.TryGetProperty("cancel", out JsonElement cancel)
            ? cancel.GetString() switch
            {
                "cooperative" => ToolCancellation.Cooperative,
                "kill" => ToolCancellation.Kill,
                _ => ToolCancellation.Interrupt,
            }
            : ToolCancellation.Interrupt,
    };

    private static JsonElement ReadSchema(JsonElement tool, string name) =>
        !tool.TryGetProperty(name, out JsonElement schema) || schema.ValueKind == JsonValueKind.Object
            ? schema
            : throw new FormatException($"'{name}' is no object.");

    private static ToolParameter ReadParameter(JsonElement parameter) => new()
    {
        Name = Text(parameter, "name"),
        Kind = Text(parameter, "kind") switch
        {
            "positional" => ToolParameterKind.PositionalOnly,
            "named" => ToolParameterKind.KeywordOnly,
            "positionals" => ToolParameterKind.VarPositional,
            "nameds" => ToolParameterKind.VarKeyword,
            _ => ToolParameterKind.PositionalOrKeyword,
        },
        Annotation = parameter.GetProperty("type").GetString(),
        IsRequired = parameter.GetProperty("required").GetBoolean(),
        Default = parameter.GetProperty("default").GetString(),
    };

    private static string Text(JsonElement parent, string name) =>
        parent.GetProperty(name).GetString() ?? throw new FormatException($"'{name}' is null.");

    private static string? OptionalText(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement text) ? text.GetString() : null;

    /// <summary>Parses a body. Everything that is wrong with it is a protocol error.</summary>
    public static T Parse<T>(ReadOnlySpan<byte> body, Func<JsonElement, T> read)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            reader.Read(); // throws when there is more
            return read(document.RootElement);
        }
        catch (Exception e) when (
            e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw new ProtocolException($"The worker sent a message that cannot be read: {Shown.Message(e)}");
        }
    }
}

/// <summary>The features of a worker, from its HELLO.</summary>
/// <param name="SharesPage">Whether the worker has mapped the page and takes part in barriers.</param>
/// <param name="HasMarshal">Whether the worker reads and writes marshal.</param>
internal readonly record struct WorkerFeatures(bool SharesPage, bool HasMarshal);
