using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit;

/// <summary>Holds the arguments of a call: by position, by name, or both. The default value has no arguments. Immutable.</summary>
public readonly struct ToolArguments
{
    private const int FewNames = 16;

    internal ToolArguments(object? source) => Source = source;

    /// <summary>
    /// null, (string, object?)[] (named), object?[] (positional), <see cref="MixedArguments"/>, or <see cref="ObjectArguments"/> (an
    /// object's properties).
    /// </summary>
    internal object? Source { get; }

    /// <summary>Creates arguments by name: <c>ToolArguments.Named(("a", 40), ("b", 2))</c>.</summary>
    /// <exception cref="ArgumentException">A name is empty, reserved, or a duplicate.</exception>
    public static ToolArguments Named(params ReadOnlySpan<(string Name, object? Value)> arguments)
    {
        CheckNames(arguments);
        return new ToolArguments(arguments.ToArray());
    }

    /// <summary>Creates one argument by position. An array becomes one list, and null becomes None.</summary>
    [OverloadResolutionPriority(1)]
    public static ToolArguments Positional(object? value) => new(new[] { value });

    /// <summary>Creates arguments by position: <c>ToolArguments.Positional(40, 2)</c>. For the items of an existing list, use
    /// <see cref="FromList{T}"/>.</summary>
    public static ToolArguments Positional(params ReadOnlySpan<object?> values) => new(values.ToArray());

    /// <summary>Creates arguments by position from a list. Each item is one argument. The list is copied.</summary>
    public static ToolArguments FromList<T>(IEnumerable<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new ToolArguments(values.Select(static value => (object?)value).ToArray());
    }

    /// <summary>Creates arguments by name from a dictionary. The dictionary is copied.</summary>
    /// <exception cref="ArgumentException">A name is empty or reserved.</exception>
    public static ToolArguments FromDictionary(IReadOnlyDictionary<string, object?> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return Named([.. arguments.Select(argument => (argument.Key, argument.Value))]);
    }

    /// <summary>Creates arguments by name from the properties of an object. Each name is spelled as the property is declared. Needs no
    /// reflection.</summary>
    /// <param name="value">An object that serializes as a JSON object.</param>
    /// <param name="typeInfo">Its contract, from a source-generated
    /// <see cref="System.Text.Json.Serialization.JsonSerializerContext"/>.</param>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> does not serialize as an object with properties.</exception>
    public static ToolArguments From<T>(T value, JsonTypeInfo<T> typeInfo)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(typeInfo);
        return typeInfo.Kind == JsonTypeInfoKind.Object
            ? new ToolArguments(new ObjectArguments(value, typeInfo))
            : throw new ArgumentException(
                $"{typeof(T)} has no properties to take arguments from; use {nameof(ToolArguments)}.{nameof(Positional)}.", nameof(value));
    }

    /// <summary>Returns these positional arguments together with others by name: <c>ToolArguments.Positional(40).AndNamed(("b",
    /// 2))</c>.</summary>
    /// <exception cref="ArgumentException">A name is empty, reserved, or a duplicate.</exception>
    /// <exception cref="InvalidOperationException">These arguments already have names.</exception>
    public ToolArguments AndNamed(params ReadOnlySpan<(string Name, object? Value)> arguments)
    {
        CheckNames(arguments);
        return Source switch
        {
            null => new ToolArguments(arguments.ToArray()),
            object?[] positional => new ToolArguments(new MixedArguments(positional, arguments.ToArray())),
            _ => throw new InvalidOperationException($"The arguments have names already; give all of them to one {nameof(Named)}."),
        };
    }

    private static void CheckNames(ReadOnlySpan<(string Name, object? Value)> arguments)
    {
        HashSet<string>? seen = arguments.Length > FewNames ? new(arguments.Length) : null;
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i].Name;
            if (string.IsNullOrEmpty(name) || name == Frames.Protocol.ValueTag)
            {
                throw new ArgumentException(
                    $"Argument {i} has {(string.IsNullOrEmpty(name) ? "no" : "a reserved")} name.", nameof(arguments));
            }
            bool first = seen?.Add(name) ?? !IsAmong(arguments[..i], name);
            if (!first)
            {
                throw new ArgumentException($"Duplicate argument '{Shown.Text(name)}'.", nameof(arguments));
            }
        }
    }

    private static bool IsAmong(ReadOnlySpan<(string Name, object? Value)> arguments, string name)
    {
        foreach ((string other, _) in arguments)
        {
            if (other == name)
            {
                return true;
            }
        }
        return false;
    }
}

/// <summary>An object whose properties are a call's arguments.</summary>
/// <param name="Value">The object.</param>
/// <param name="TypeInfo">Its contract; null for the codec's own contract of its type.</param>
internal sealed record ObjectArguments(object Value, JsonTypeInfo? TypeInfo);

/// <summary>Arguments by position and by name.</summary>
internal sealed record MixedArguments(object?[] Positional, (string Name, object? Value)[] Named);
