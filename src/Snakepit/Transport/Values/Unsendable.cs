using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Snakepit.Transport.Values;

/// <summary>What callers are told of arguments that cannot be sent.</summary>
internal static class Unsendable
{
    public static bool Is(Exception error) => error is JsonException or NotSupportedException or InvalidOperationException or ArgumentException;

    public static ArgumentException Argument<TName>(string tool, TName name, object? value, Exception error) =>
        Exception($"Argument '{name}' of tool '{tool}', a {value!.GetType()},", error);

    public static ArgumentException Properties(string tool, ObjectArguments arguments, Exception error) =>
        Exception(
            error is JsonException { Path: { Length: > 0 } path }
                ? $"Argument {path} of tool '{tool}'"
                : $"The arguments of tool '{tool}', a {arguments.Value.GetType()},",
            error);

    /// <summary>What to do about a type nobody has a contract of.</summary>
    public static string MissingContract(Exception error) =>
        $"{error.Message} Where reflection is off, a type that is not built in needs its JsonSerializerContext in "
        + $"{nameof(SnakepitOptions)}.{nameof(SnakepitOptions.TypeInfoResolvers)}.";

    [SuppressMessage("Usage", "CA2208", Justification = "The parameter is the caller's, of IToolInvoker.ExecuteAsync.")]
    private static ArgumentException Exception(string what, Exception error) =>
        new($"{what} cannot be sent: {(error is NotSupportedException ? MissingContract(error) : error.Message)}", "arguments", error);
}
