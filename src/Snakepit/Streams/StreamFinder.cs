using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Snakepit.Values;

namespace Snakepit.Streams;

/// <summary>Finds the streams among what Python gets. It is used only for what could not be written without it.</summary>
internal static class StreamFinder
{
    /// <summary>Replaces the streams by what stands for them.</summary>
    /// <returns>The streams by their numbers; empty when there are none.</returns>
    public static IReadOnlyList<IAsyncEnumerable<object?>> Extract(in ToolArguments arguments, out ToolArguments replaced)
    {
        var streams = new List<IAsyncEnumerable<object?>>();
        replaced = arguments.Source switch
        {
            object?[] positional => new ToolArguments(Extract(positional, streams)),
            (string Name, object? Value)[] named => new ToolArguments(Extract(named, streams)),
            MixedArguments mixed => new ToolArguments(
                new MixedArguments(Extract(mixed.Positional, streams), Extract(mixed.Named, streams))),
            ObjectArguments { Value: { } value } => new ToolArguments(Extract(PropertiesOf(value), streams)),
            _ => arguments,
        };
        return streams;
    }

    /// <summary>Returns a value as a stream; null when it is none.</summary>
    public static IAsyncEnumerable<object?>? AsStream(object value) => value as IAsyncEnumerable<object?> ?? AsStreamOfValues(value);

    private static object?[] Extract(object?[] values, List<IAsyncEnumerable<object?>> streams) =>
        Array.ConvertAll(values, value => Replace(value, streams));

    private static (string Name, object? Value)[] Extract((string Name, object? Value)[] values, List<IAsyncEnumerable<object?>> streams) =>
        Array.ConvertAll(values, value => (value.Name, Replace(value.Value, streams)));

    private static object? Replace(object? value, List<IAsyncEnumerable<object?>> streams)
    {
        if (value is null || AsStream(value) is not { } stream)
        {
            return value;
        }
        streams.Add(stream);
        return new StreamArgument(streams.Count - 1);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Without the interface, it is no stream.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Checked before.")]
    [UnconditionalSuppressMessage("Trimming", "IL2060", Justification = "The method has no requirements.")]
    private static IAsyncEnumerable<object?>? AsStreamOfValues(object value)
    {
        Type? stream = Array.Find(
            value.GetType().GetInterfaces(),
            static one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>));
        return stream is null || !RuntimeFeature.IsDynamicCodeSupported
            ? null
            : (IAsyncEnumerable<object?>)typeof(StreamFinder).GetMethod(nameof(BoxAsync), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(stream.GetGenericArguments()).Invoke(null, [value, CancellationToken.None])!;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "The overloads that take objects require unreferenced code.")]
    private static (string Name, object? Value)[] PropertiesOf(object value) =>
    [
        .. value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static one => one.GetIndexParameters().Length == 0)
            .Select(property => (property.Name, property.GetValue(value))),
    ];

    private static async IAsyncEnumerable<object?> BoxAsync<T>(
        IAsyncEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (T item in items.WithCancellation(cancellation).ConfigureAwait(false))
        {
            yield return item;
        }
    }
}
