using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Snakepit;

/// <summary>Runs tools with the properties of an object as arguments: <c>pool.ExecuteAsync&lt;int&gt;("add", new { a = 40, b = 2
/// })</c>.</summary>
public static class ToolInvokerExtensions
{
    private const string Reflection =
        "The properties of the arguments are found by reflection. Use ToolArguments.Named or ToolArguments.From.";

    /// <summary>Runs a tool and ignores its result.</summary>
    /// <param name="invoker">The pool, or the runtime.</param>
    /// <param name="tool">The tool's name in the adapter.</param>
    /// <param name="arguments">An anonymous type, record or class, whose properties become named arguments as they are declared, or a
    /// dictionary with string keys.</param>
    /// <param name="options">Settings of this call; null: those of the pool.</param>
    /// <param name="cancellationToken">Releases the caller at once and asks the worker to stop the call.</param>
    /// <exception cref="ArgumentException"><paramref name="arguments"/> is a single value or a list: see
    /// <see cref="ToolArguments.Positional(object)"/>.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static ValueTask ExecuteAsync(
        this IToolInvoker invoker, string tool, object arguments, ToolCallOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(invoker);
        return invoker.ExecuteAsync(tool, FromObject(arguments), options, cancellationToken);
    }

    /// <summary>Runs a tool and reads its result as <typeparamref name="T"/>.</summary>
    /// <inheritdoc cref="ExecuteAsync(IToolInvoker, string, object, ToolCallOptions?, CancellationToken)"/>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static ValueTask<T> ExecuteAsync<T>(
        this IToolInvoker invoker, string tool, object arguments, ToolCallOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(invoker);
        return invoker.ExecuteAsync<T>(tool, FromObject(arguments), options, cancellationToken);
    }

    /// <summary>Runs a tool and returns how the call ended instead of throwing.</summary>
    /// <inheritdoc cref="ExecuteAsync(IToolInvoker, string, object, ToolCallOptions?, CancellationToken)"/>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static ValueTask<CallResult<T>> TryExecuteAsync<T>(
        this IToolInvoker invoker, string tool, object arguments, ToolCallOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(invoker);
        return invoker.TryExecuteAsync<T>(tool, FromObject(arguments), options, cancellationToken);
    }

    /// <summary>Runs a tool and reads what it yields as a stream.</summary>
    /// <inheritdoc cref="ExecuteAsync(IToolInvoker, string, object, ToolCallOptions?, CancellationToken)"/>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static IAsyncEnumerable<T> StreamAsync<T>(
        this IToolInvoker invoker, string tool, object arguments, ToolCallOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(invoker);
        return invoker.StreamAsync<T>(tool, FromObject(arguments), options, cancellationToken);
    }

    [RequiresUnreferencedCode(Reflection)]
    private static ToolArguments FromObject(object arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments switch
        {
            ToolArguments made => made,
            IReadOnlyDictionary<string, object?> named => ToolArguments.FromDictionary(named),
            IDictionary<string, object?> named => ToolArguments.Named([.. named.Select(static pair => (pair.Key, pair.Value))]),
            IDictionary<string, JsonNode?> named => ToolArguments.Named([.. named.Select(static pair => (pair.Key, (object?)pair.Value))]),
            JsonDocument { RootElement.ValueKind: JsonValueKind.Object } json => FromJson(json.RootElement),
            JsonElement { ValueKind: JsonValueKind.Object } json => FromJson(json),
            IDictionary named when named.Keys.Cast<object>().All(key => key is string) => FromEntries(named),
            IEnumerable pairs when HasNamedPairs(pairs.GetType()) => FromPairs(pairs),
            JsonElement or JsonDocument => throw Nameless(arguments),
            IEnumerable or IConvertible or IFormattable or ITuple or Delegate or Type => throw Nameless(arguments),
            _ => new ToolArguments(new ObjectArguments(arguments, null)),
        };
    }

    private static ArgumentException Nameless(object arguments) => new(
        $"A {arguments.GetType()} has no argument names. Pass an object with properties, a dictionary with string keys, or "
        + $"{nameof(ToolArguments)}.{nameof(ToolArguments.Positional)}(…).",
        nameof(arguments));

    private static ToolArguments FromJson(JsonElement json) =>
        ToolArguments.Named([.. json.EnumerateObject().Select(static member => (member.Name, (object?)member.Value))]);

    /// <summary>A dictionary with string keys and values of a type of its own.</summary>
    [RequiresUnreferencedCode(Reflection)]
    private static bool HasNamedPairs(Type type) => type.GetInterfaces().Any(static face => face.IsGenericType
        && (face.GetGenericTypeDefinition() == typeof(IDictionary<,>) || face.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        && face.GetGenericArguments()[0] == typeof(string));

    [RequiresUnreferencedCode(Reflection)]
    private static ToolArguments FromPairs(IEnumerable pairs) =>
        ToolArguments.Named([.. pairs.Cast<object>().Select(static pair =>
            ((string)pair.GetType().GetProperty("Key")!.GetValue(pair)!, pair.GetType().GetProperty("Value")!.GetValue(pair)))]);

    private static ToolArguments FromEntries(IDictionary named)
    {
        var arguments = new List<(string, object?)>(named.Count);
        foreach (DictionaryEntry entry in named)
        {
            arguments.Add(((string)entry.Key, entry.Value));
        }
        return ToolArguments.Named([.. arguments]);
    }
}
