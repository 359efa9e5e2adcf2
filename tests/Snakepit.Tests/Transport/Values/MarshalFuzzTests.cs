using System.Buffers;
using System.Text.Json;
using CsCheck;
using Snakepit.Transport.Values.Marshal;

namespace Snakepit.Tests.Transport.Values;

/// <summary>What a worker that is broken, or not to be trusted, might send.</summary>
[Trait("Rule", "V3")]
public sealed class MarshalFuzzTests
{
    private const int Mutants = 50_000;
    private const long LargestAllocation = 1 << 20; // for messages of a few KiB

    private static readonly MarshalValueCodec s_codec = new();

    private static readonly byte[][] s_golden =
        [.. MarshalVectorTests.Vectors().Select(vector => Convert.FromHexString(vector.Data.Item2)).Where(wire => wire.Length < 1000)];

    private static readonly Gen<byte> s_byte = Gen.OneOf(Gen.Byte, Among("NTFilgsu[({0\0\u00ff".Select(c => (byte)c).ToArray()));

    private static readonly Gen<byte[]> s_part = Among(s_golden);

    private static readonly Gen<byte[]> s_list =
        s_part.Array[0, 4].Select(parts => (byte[])[MarshalType.List, (byte)parts.Length, 0, 0, 0, .. parts.SelectMany(part => part)]);

    private static readonly Gen<byte[]> s_mutant =
        Gen.Select(Gen.OneOf(s_part, s_list), Gen.Select(Gen.Int[0, 3], Gen.Double.Unit, Gen.Double.Unit, s_byte).Array[1, 4], (wire, changes) =>
            changes.Aggregate(wire, (mutant, change) => Mutate(mutant, change.Item1, change.Item2, change.Item3, change.Item4)));

    private static readonly Func<byte[], bool>[] s_typedReads =
    [
        wire => Accepts<JsonElement>(wire, out _),
        wire => Accepts<double[]>(wire, out _),
        wire => Accepts<List<long>>(wire, out _),
        wire => Accepts<Dictionary<string, object?>>(wire, out _),
        wire => Accepts<Dictionary<string, int>>(wire, out _),
        wire => Accepts<TypedValueTests.Person>(wire, out _),
        wire => Accepts<NdArray>(wire, out _),
        wire => Accepts<string>(wire, out _),
    ];

    [Fact]
    public void Read_of_any_mutant_gives_a_value_or_JsonException() => s_mutant.Sample(wire =>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool read = Accepts<object?>(wire, out object? value);
        s_typedReads[wire.Length % s_typedReads.Length](wire);
        return GC.GetAllocatedBytesForCurrentThread() - before < LargestAllocation && (!read || IsRewritten(value));
    }, iter: Mutants, print: Convert.ToHexString);

    private static Gen<T> Among<T>(T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static bool Accepts<T>(byte[] wire, out T value)
    {
        try
        {
            value = s_codec.Read<T>(wire);
            return true;
        }
        catch (JsonException)
        {
            value = default!;
            return false;
        }
    }

    private static bool IsRewritten(object? value)
    {
        var body = new ArrayBufferWriter<byte>();
        s_codec.WriteValue(body, value);
        return ValueComparer.Instance.Equals(value, s_codec.Read<object?>(body.WrittenSpan));
    }

    private static byte[] Mutate(byte[] wire, int kind, double where, double length, byte content)
    {
        int at = (int)(where * wire.Length);
        int end = Math.Min(wire.Length, at + 1 + (int)(length * 8));
        return kind switch
        {
            0 => [.. wire[..at], content, .. wire[Math.Min(at + 1, wire.Length)..]],
            1 => [.. wire[..at], content, .. wire[at..]],
            2 => [.. wire[..at], .. wire[end..]],
            _ => [.. wire[..end], .. wire[at..]],
        };
    }
}
