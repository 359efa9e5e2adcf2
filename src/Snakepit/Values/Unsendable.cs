using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>Creates the exceptions about arguments that cannot be sent.</summary>
internal static class Unsendable
{
    /// <summary>Returns whether an exception is about the value, whose own code may throw any, and not about the room for it.</summary>
    public static bool Is(Exception error) =>
        error is not (MessageTooLargeException or OutOfMemoryException or InsufficientExecutionStackException);

    public static ArgumentException Argument<TName>(string tool, TName name, object? value, Exception error) =>
        Exception($"Argument '{Shown.Text($"{name}")}' of tool '{Shown.Text(tool)}', a {Shown.Type(value!.GetType())},", error);

    /// <param name="tool">The tool.</param>
    /// <param name="arguments">The object.</param>
    /// <param name="contract">Its contract, if it was found.</param>
    /// <param name="error">The reason why it cannot be sent.</param>
    public static ArgumentException Properties(string tool, ObjectArguments arguments, JsonTypeInfo? contract, Exception error)
    {
        if (error is JsonException { Path: { Length: > 0 } path })
        {
            return Exception($"Argument {Shown.Ends(path, ValuePath.Longest)} of tool '{Shown.Text(tool)}'", error);
        }
        string? property = contract?.Properties.FirstOrDefault(property => Throws(property, arguments.Value))?.Name;
        return Exception(
            property is null
                ? $"The arguments of tool '{Shown.Text(tool)}', a {Shown.Type(arguments.Value.GetType())},"
                : $"Argument '{Shown.Text(property)}' of tool '{Shown.Text(tool)}'",
            error);
    }

    /// <summary>Returns whether a getter throws: the serializer does not say which one did.</summary>
    private static bool Throws(JsonPropertyInfo property, object owner)
    {
        try
        {
            property.Get?.Invoke(owner);
            return false;
        }
        catch (Exception)
        {
            return true;
        }
    }

    /// <summary>Returns the remedy for a type that has no contract.</summary>
    public static string MissingContract(Exception error)
    {
        string message = Shown.Message(error);
        return message.Contains("[,", StringComparison.Ordinal)
            ? $"{message} Of arrays with several dimensions, those of numbers with two or three can be used. "
                + $"For others, use arrays of arrays, such as bool[][], or {nameof(NdArray)}."
            : $"{message} Where reflection is off, a type that is not built in needs its JsonSerializerContext in "
                + $"{nameof(SnakepitOptions)}.{nameof(SnakepitOptions.TypeInfoResolvers)}.";
    }

    [SuppressMessage("Usage", "CA2208", Justification = "The parameter is the caller's, of IToolInvoker.ExecuteAsync.")]
    private static ArgumentException Exception(string what, Exception error) =>
        new($"{what} cannot be sent: {ReasonOf(error)}", "arguments", error);

    private static string ReasonOf(Exception error) => error switch
    {
        NotSupportedException => MissingContract(error),
        JsonException json => Shown.Text(ReadFailure.ReasonOf(json), Shown.LongestReason),
        _ => Shown.Message(error),
    };
}
