using System.Text.Json;

namespace Snakepit.Transport.Values;

/// <summary>A value is of another kind than the type that it was to be read as, which is all that there is to say: <see cref="ReadFailure"/> says it.</summary>
internal sealed class ValueMismatchException(Type wanted) : JsonException($"The value cannot be read as {Shown.Type(wanted)}.")
{
    public Type Wanted { get; } = wanted;
}
