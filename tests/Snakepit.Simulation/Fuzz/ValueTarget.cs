using System.Buffers;
using System.Text.Json;
using Snakepit.Values;

namespace Snakepit.Simulation.Fuzz;

/// <summary>Fuzzes a codec with untyped and typed reads of a result. A value stays the same when it is written and read again.</summary>
internal sealed class ValueTarget(string name, IValueCodec codec, byte[][] corpus) : FuzzTarget
{
    private readonly Action<byte[]>[] _typedReads =
    [
        wire => TryRead<JsonElement>(codec, wire, out _),
        wire => TryRead<double[]>(codec, wire, out _),
        wire => TryRead<List<long>>(codec, wire, out _),
        wire => TryRead<Dictionary<string, object?>>(codec, wire, out _),
        wire => TryRead<Dictionary<string, int>>(codec, wire, out _),
        wire => TryRead<Dictionary<long, string?>>(codec, wire, out _),
        wire => TryRead<Person>(codec, wire, out _),
        wire => TryRead<List<Person?>>(codec, wire, out _),
        wire => TryRead<NdArray>(codec, wire, out _),
        wire => TryRead<ValueTable>(codec, wire, out _),
        wire => TryRead<float[]>(codec, wire, out _),
        wire => TryRead<byte[]>(codec, wire, out _),
        wire => TryRead<string>(codec, wire, out _),
        wire => TryRead<int>(codec, wire, out _),
        wire => TryRead<double?>(codec, wire, out _),
        wire => TryRead<decimal>(codec, wire, out _),
        wire => TryRead<System.Numerics.BigInteger>(codec, wire, out _),
        wire => TryRead<DateTimeOffset>(codec, wire, out _),
        wire => TryRead<DateTime>(codec, wire, out _),
        wire => TryRead<DateOnly>(codec, wire, out _),
        wire => TryRead<TimeOnly>(codec, wire, out _),
        wire => TryRead<TimeSpan>(codec, wire, out _),
        wire => TryRead<Guid>(codec, wire, out _),
        wire => TryRead<DayOfWeek>(codec, wire, out _),
        wire => TryRead<(int, string)>(codec, wire, out _),
    ];

    public override string Name => name;

    public override IReadOnlyList<byte[]> Corpus => corpus;

    public override void Take(byte[] input, ref SimRandom random)
    {
        _typedReads[random.Below(_typedReads.Length)](input);
        if (TryRead(codec, input, out object? value))
        {
            var body = new ArrayBufferWriter<byte>();
            try
            {
                codec.WriteValue(body, value);
            }
            catch (JsonException e) when (e.Message.Contains("Python cannot hash", StringComparison.Ordinal))
            {
                return; // a Python dict never has such a key, but these bytes do not come from Python
            }
            Require(ValueComparer.Instance.Equals(value, codec.Read<object?>(body.WrittenSpan)), "written again it is another value");
        }
    }

    private static bool TryRead<T>(IValueCodec codec, byte[] wire, out T value)
    {
        try
        {
            value = codec.Read<T>(wire);
            return true;
        }
        catch (JsonException)
        {
            value = default!;
            return false;
        }
    }

    private sealed record Person(string FirstName, int Age)
    {
        public DateOnly? Born { get; init; }

        public List<double>? Marks { get; init; }
    }
}
