using System.Text.Json;

namespace Snakepit.Values;

/// <summary>A value has another kind than the type that it was to be read as. <see cref="ReadFailure"/> adds the details.</summary>
internal sealed class ValueMismatchException(Type wanted) : JsonException($"The value cannot be read as {Shown.Type(wanted)}.")
{
    public Type Wanted { get; } = wanted;
}
