using System.Numerics;
using CsCheck;
using Snakepit.Simulation.Fuzz;

namespace Snakepit.Tests.Values;

[Trait("Rule", "V1")]
public abstract class ValuePropertyTests(RoundTrip codec)
{
    private static readonly Gen<string> s_text = Gen.OneOf(
        Gen.String,
        Gen.Const("__snakepit__"),
        Gen.Char['\ud700', '\ue0ff'].Array[0, 6].Select(characters => new string(characters)),
        Gen.Char['\0', '\u00ff'].Array[0, 20].Select(characters => new string(characters)));

    private static readonly Gen<long> s_long = Gen.OneOf(
        Gen.Long,
        Among(long.MinValue, long.MaxValue, int.MaxValue + 1L, int.MinValue - 1L, (1L << 53) + 1, 0, -1));

    private static readonly Gen<double> s_double = Gen.OneOf(
        Gen.Double,
        Gen.Long.Select(BitConverter.Int64BitsToDouble),
        Among(-0.0, 1e15, 1e16, 123456789012345678, double.NaN, double.PositiveInfinity, double.MaxValue, double.Epsilon));

    private static readonly Gen<object?> s_leaf = Gen.OneOf<object?>(
        Gen.Bool.Select(_ => (object?)null),
        Gen.Bool.Select(value => (object?)value),
        s_long.Select(value => (object?)value),
        s_double.Select(value => (object?)value),
        s_text.Select(value => (object?)value),
        Gen.Byte.Array[0, 40].Select(value => (object?)value),
        Gen.Decimal.Select(value => (object?)value),
        Gen.Guid.Select(value => (object?)value),
        Gen.DateTimeOffset.Select(value => (object?)value),
        Gen.DateTime.Select(value => (object?)DateTime.SpecifyKind(value, DateTimeKind.Unspecified)),
        Gen.Long[-1_000_000_000_000, 1_000_000_000_000].Select(value => (object?)TimeSpan.FromMicroseconds(value)),
        Gen.Byte.Array[9, 40].Select(value => (object?)(new BigInteger(value, isUnsigned: true) + (BigInteger.One << 64))));

    private static Gen<object?> Tree(int levels) => levels == 0
        ? s_leaf
        : Gen.Frequency(
            (3, s_leaf),
            (1, Tree(levels - 1).List[0, 5].Select(items => (object?)items)),
            (1, Gen.Select(s_text, Tree(levels - 1)).Array[0, 5].Select(pairs => (object?)Map(pairs))),
            (1, Gen.Select(s_long, Tree(levels - 1)).Array[1, 5].Select(pairs => (object?)KeyedMap(pairs))));

    private RoundTrip RoundTrip => codec;

    [Fact]
    public void Read_of_any_written_tree_gives_an_equal_one() =>
        Tree(4).Sample(tree => ValueComparer.Instance.Equals(tree, RoundTrip.Of(tree)), iter: 5_000);

    [Fact]
    public void Read_of_any_written_string_gives_the_same() => s_text.Sample(text => text == RoundTrip.Of(text), iter: 10_000);

    [Fact]
    public void Read_of_any_long_written_string_gives_the_same() =>
        Gen.Select(s_text, Gen.Int[30, 80]).Sample((text, times) =>
        {
            string repeated = string.Concat(Enumerable.Repeat(text, times));
            return repeated == RoundTrip.Of(repeated);
        }, iter: 1_000);

    [Fact]
    public void Read_of_any_written_number_gives_the_same()
    {
        s_long.Sample(value => value == RoundTrip.Of(value) && value == (long)RoundTrip.Of<object>(value), iter: 10_000);
        Gen.ULong.Sample(value => value == RoundTrip.Of(value), iter: 10_000);
        s_double.Sample(value => value.Equals(RoundTrip.Of(value)), iter: 10_000);
        Gen.Float.Sample(value => value.Equals(RoundTrip.Of(value)), iter: 10_000);
    }

    private static Gen<T> Among<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static Dictionary<string, object?> Map((string, object?)[] pairs)
    {
        var map = new Dictionary<string, object?>();
        foreach ((string key, object? value) in pairs)
        {
            map[key] = value;
        }
        return map;
    }

    private static Dictionary<object, object?> KeyedMap((long, object?)[] pairs)
    {
        var map = new Dictionary<object, object?>();
        foreach ((long key, object? value) in pairs)
        {
            map[key] = value;
        }
        return map;
    }
}

public sealed class JsonValuePropertyTests() : ValuePropertyTests(new JsonRoundTrip());

public sealed class MarshalValuePropertyTests() : ValuePropertyTests(new MarshalRoundTrip());
