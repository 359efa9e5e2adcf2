using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>Saves an effect as its bytes, because its values can be read only of the kinds that carry them.</summary>
internal sealed class EffectConverter : JsonConverter<Effect>
{
    public override Effect Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        MemoryMarshal.Read<Effect>(reader.GetBytesFromBase64());

    public override void Write(Utf8JsonWriter writer, Effect value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue(MemoryMarshal.AsBytes(new ReadOnlySpan<Effect>(in value)));
}
