using System.Numerics;
using System.Text.Json;

namespace Snakepit.Tests.Values;

/// <summary>The values of the golden vectors as .NET objects.</summary>
internal static class VectorValues
{
    private static readonly Guid s_guid = new("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly byte[] s_allBytes = [.. Enumerable.Range(0, 256).Select(b => (byte)b)];

    public static readonly Dictionary<string, object?> ByName = new()
    {
        ["null"] = null,
        ["true"] = true,
        ["false"] = false,
        ["int_zero"] = 0L,
        ["int_negative"] = -1L,
        ["int_beyond_double"] = 9007199254740993,
        ["int_lowest_64"] = long.MinValue,
        ["int_highest_64"] = long.MaxValue,
        ["int_highest_unsigned_64"] = new BigInteger(ulong.MaxValue),
        ["int_beyond_128"] = -BigInteger.Pow(2, 128) - 1,
        ["int_of_5000_digits"] = BigInteger.Pow(10, 4999),
        ["float_one"] = 1.0,
        ["float_negative_zero"] = -0.0,
        ["float_tenth"] = 0.1,
        ["float_smallest"] = double.Epsilon,
        ["float_largest"] = double.MaxValue,
        ["float_1e15"] = 1e15,
        ["float_1e22"] = 1e22,
        ["float_small_exponent"] = 1e-5,
        ["float_narrow_tenth"] = (double)0.1f,
        ["float_nan"] = double.NaN,
        ["float_infinity"] = double.PositiveInfinity,
        ["float_negative_infinity"] = double.NegativeInfinity,
        ["float_1e16"] = 1e16,
        ["float_1e16_long"] = 1e16,
        ["string_empty"] = "",
        ["string_escapes"] = "\"\\/\b\f\n\r\t\0\u001f\u007f<>&'+\u2028",
        ["string_scripts"] = "é Ω 日本 😀",
        ["string_lone_surrogate"] = "a\ud83db",
        ["string_reversed_surrogates"] = "\ude00\ud83d",
        ["string_like_the_tag"] = "__snakepit__",
        ["bytes_empty"] = Array.Empty<byte>(),
        ["bytes_all"] = s_allBytes,
        ["decimal_scale"] = 1.10m,
        ["decimal_largest"] = decimal.MinValue,
        ["decimal_exponent"] = 100000m,
        ["datetime_utc"] = new DateTimeOffset(2024, 2, 29, 23, 59, 58, TimeSpan.Zero),
        ["datetime_offset"] = new DateTimeOffset(2024, 2, 29, 23, 59, 58, 0, 120, new TimeSpan(5, 30, 0)),
        ["datetime_negative_offset"] = new DateTimeOffset(1, 1, 2, 0, 0, 0, TimeSpan.FromHours(-8)),
        ["datetime_naive"] = new DateTime(9999, 12, 31, 23, 59, 59, 999, 999),
        ["datetime_seven_digits"] = new DateTimeOffset(2024, 2, 29, 23, 59, 58, TimeSpan.Zero).AddTicks(1234567),
        ["date"] = new DateOnly(2024, 2, 29),
        ["time"] = new TimeOnly(23, 59, 58, 0, 1),
        ["time_seven_digits"] = new TimeOnly(19),
        ["timedelta"] = new TimeSpan(1, 1, 1, 1, 0, 1),
        ["timedelta_negative"] = TimeSpan.FromMicroseconds(-1),
        ["uuid"] = s_guid,
        ["list_empty"] = new List<object?>(),
        ["list_mixed"] = new List<object?> { null, true, 1L, 1.0, "x", new List<object?>() },
        ["map_empty"] = new Dictionary<string, object?>(),
        ["map_ordered"] = new Dictionary<string, object?>
        {
            ["z"] = 1L,
            ["a"] = new Dictionary<string, object?> { ["é"] = new List<object?>() },
            [""] = null,
        },
        ["map_integer_keys"] = new Dictionary<object, object?> { [2L] = "two", [1L] = "one" },
        ["map_mixed_keys"] = new Dictionary<object, object?> { ["1"] = 1L, [1.5] = 3L, [s_guid] = 4L },
        ["map_with_tag_key"] = new Dictionary<string, object?> { ["__snakepit__"] = "float", ["v"] = "nan" },
        ["map_lone_surrogate_key"] = new Dictionary<string, object?> { ["\ud800"] = 1L },
        ["map_with_tag_key_inside"] =
            new Dictionary<string, object?> { ["a"] = new List<object?> { new Dictionary<string, object?> { ["__snakepit__"] = 1L } } },
        ["array_doubles"] = NdArray.From(new double[,] { { 0, 1, 2 }, { 3, 4, 5 } }),
        ["array_bytes_3d"] = NdArray.From(new byte[,,] { { { 0, 1 }, { 2, 255 } } }),
        ["array_empty"] = NdArray.From(new int[0, 3]),
        ["complex"] = new Complex(1, -2.5e22),
        ["complex_not_finite"] = new Complex(double.NaN, double.NegativeInfinity),
        ["table_with_index"] = new ValueTable(("n", new object[] { 1L, 2L })) { Index = new ValueTable(("", new[] { "x", "x" })) },
        ["table"] = new ValueTable(("name", new[] { "x", "y" }), ("n", new object[] { 1L, 2L })),
    };

    /// <summary>Returns the vectors of a file: name, wire data, and whether .NET writes the same.</summary>
    public static TheoryData<string, string, bool> Of(string file)
    {
        var vectors = new TheoryData<string, string, bool>();
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.PathOf("tests", "vectors", file)));
        foreach (JsonElement vector in document.RootElement.EnumerateArray())
        {
            bool written = !vector.TryGetProperty("written_by", out JsonElement sides)
                || sides.EnumerateArray().Any(side => side.GetString() == "csharp");
            vectors.Add(vector.GetProperty("name").GetString()!, vector.GetProperty("wire").GetString()!, written);
        }
        return vectors;
    }
}
