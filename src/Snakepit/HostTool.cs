using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Snakepit;

/// <summary>A function of the host that Python may call, and what Python is told of it in <c>ctx.host.tools</c>.</summary>
public sealed partial class HostTool
{
    private const int MaxDescription = 4_096; // bytes
    private const int MaxSchema = 65_536; // bytes
    private const int MostMetadata = 32;
    private const int MaxMetadata = 4_096; // bytes

    /// <summary>Creates a tool from a function that reads its arguments itself.</summary>
    /// <param name="name">The name by which Python calls it: 1 to 64 letters, digits, <c>_</c>, <c>-</c> and <c>.</c>, the first a letter
    /// or a digit.</param>
    /// <param name="run">Runs it, on the thread pool. Its token is cancelled when nobody waits for the worker's call any more.</param>
    /// <exception cref="ArgumentException">The name is not allowed.</exception>
    public HostTool(string name, Func<HostToolCall, CancellationToken, ValueTask<object?>> run)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(run);
        if (!AllowedName().IsMatch(name))
        {
            throw new ArgumentException(
                $"'{Shown.Text(name)}' cannot name a host tool. A name has 1 to 64 letters, digits, '_', '-' and '.', and begins with a "
                + "letter or a digit.");
        }
        Name = name;
        Run = run;
    }

    /// <summary>Creates a tool from a method, whose parameters become the arguments, by name or by position. Parameters of the types
    /// <see cref="CancellationToken"/>, <see cref="HostToolCall"/> and <see cref="IServiceProvider"/> are not arguments; they are
    /// provided. The result may be a value, a <see cref="Task"/> or a <see cref="ValueTask"/>.</summary>
    /// <param name="name">The name by which Python calls it, as for a function that reads its arguments itself.</param>
    /// <param name="method">The method: <c>(string key, CancellationToken ct) => …</c>.</param>
    /// <exception cref="ArgumentException">The name is not allowed, or the method has a parameter or a result that cannot
    /// travel.</exception>
    [RequiresUnreferencedCode(HostMethod.Reflection)]
    [RequiresDynamicCode(HostMethod.Reflection)]
    public HostTool(string name, Delegate method)
        : this(name, HostMethod.Of(name, method), _ => method.Target)
    {
    }

    [RequiresUnreferencedCode(HostMethod.Reflection)]
    [RequiresDynamicCode(HostMethod.Reflection)]
    internal HostTool(string name, HostMethod method, Func<HostToolCall, object?> target)
        : this(name, (call, cancellation) => method.RunAsync(target(call), call, cancellation))
    {
        JsonElement schema = method.DeriveSchema();
        if (SizeOf(schema) <= MaxSchema)
        {
            ParametersSchema = schema;
        }
    }

    /// <summary>Gets the name by which Python calls the tool.</summary>
    public string Name { get; }

    /// <summary>Gets what the tool does; at most 4,096 bytes. Default: empty.</summary>
    /// <exception cref="ArgumentException">The description is too long.</exception>
    public string Description
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            int size = Encoding.UTF8.GetByteCount(value);
            field = size <= MaxDescription ? value : throw new ArgumentException(
                $"The description of host tool '{Name}' has {size:N0} bytes; at most {MaxDescription:N0} are allowed.");
        }
    } = "";

    /// <summary>Gets the JSON schema (2020-12) of the arguments by name, an object of at most 65,536 bytes; null when it is not known. That
    /// of a method is derived from its parameters, as <c>System.Text.Json</c> reads their types, with the texts of
    /// <see cref="System.ComponentModel.DescriptionAttribute"/>. It informs Python, and does not change what the tool accepts.</summary>
    /// <exception cref="ArgumentException">The value is not a JSON object, or is too large.</exception>
    public JsonElement? ParametersSchema
    {
        get;
        init => field = value is { } schema ? Check(schema) : null;
    }

    /// <summary>Gets what else Python is told of the tool, strings by name: at most 32, and 4,096 bytes in all. Default: none.</summary>
    /// <exception cref="ArgumentException">There are too many entries, or they are too long.</exception>
    public IReadOnlyDictionary<string, string> Metadata
    {
        get;
        init => field = Check(value);
    } = ReadOnlyDictionary<string, string>.Empty;

    internal Func<HostToolCall, CancellationToken, ValueTask<object?>> Run { get; }

    /// <summary>Returns what Python is told of the tools, by their names.</summary>
    internal static Dictionary<string, object?> Tell(IEnumerable<HostTool> tools) =>
        tools.ToDictionary(static tool => tool.Name, static object? (tool) => tool.Tell());

    private Dictionary<string, object?> Tell()
    {
        var told = new Dictionary<string, object?> { ["description"] = Description };
        if (ParametersSchema is { } schema)
        {
            told["parameters"] = schema.GetRawText();
        }
        if (Metadata.Count > 0)
        {
            told["metadata"] = new Dictionary<string, string>(Metadata);
        }
        return told;
    }

    private static int SizeOf(JsonElement schema) => Encoding.UTF8.GetByteCount(schema.GetRawText());

    /// <summary>Copies the schema, whose document the caller may dispose.</summary>
    private JsonElement Check(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            throw new ArgumentException(
                $"The schema of the parameters of host tool '{Name}' is {schema.ValueKind}. It must be a JSON object, such as "
                + """{"type": "object", "properties": {"key": {"type": "string"}}}.""");
        }
        int size = SizeOf(schema);
        return size <= MaxSchema ? schema.Clone() : throw new ArgumentException(
            $"The schema of the parameters of host tool '{Name}' has {size:N0} bytes; at most {MaxSchema:N0} are allowed.");
    }

    /// <summary>Copies the metadata, which the caller may change.</summary>
    private ReadOnlyDictionary<string, string> Check(IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var copy = new Dictionary<string, string>(metadata, StringComparer.Ordinal);
        if (copy.Count > MostMetadata)
        {
            throw new ArgumentException(
                $"The metadata of host tool '{Name}' has {copy.Count:N0} entries; at most {MostMetadata} are allowed.");
        }
        int size = 0;
        foreach ((string name, string value) in copy)
        {
            ArgumentNullException.ThrowIfNull(value, nameof(metadata));
            size += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value);
        }
        return size <= MaxMetadata ? new(copy) : throw new ArgumentException(
            $"The names and values of the metadata of host tool '{Name}' have {size:N0} bytes; at most {MaxMetadata:N0} are allowed.");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_\-.]{0,63}\z")]
    private static partial Regex AllowedName();
}
