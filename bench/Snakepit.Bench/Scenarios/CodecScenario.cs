using System.Diagnostics;
using System.Text.Json;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Sends values to a tool that returns them, with both codecs in turn, and compares them with a floor of as many bytes.</summary>
internal sealed class CodecScenario : IScenario
{
    private const int DocumentBytes = 1_024;
    private const int DocumentsPerBlock = 200;
    private const int Floats = 12_800;
    private const int FloatsPerBlock = 10;
    private const int WarmUpRounds = 5;

    public string Name => "codec";

    public string Description => "A nested dictionary of 1 KiB and 12,800 floats to Python and back, by marshal and by json.";

    public int DefaultSeconds => 20;

    public int QuickSeconds => 5;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("floor_1k_us", "floor of 1 KiB, median, µs") { IsControl = true },
        new("dict1k_json_us", "dictionary by json, median, µs"),
        new("dict1k_marshal_us", "by marshal"),
        new("floats_json_us", "floats by json"),
        new("floats_marshal_us", "by marshal"),
        new("dict1k_speedup", "json to marshal, dictionary", Bar.AtLeast(1.4)),
        new("floats_speedup", "json to marshal, floats", Bar.AtLeast(5)),
        new("dict1k_over_floor", "dictionary by marshal to the floor", Bar.AtMost(5)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        string python = run.Python.Executable;
        using var floor = new FloorPeer(python, DocumentBytes);
        await using BenchPool json = await BenchPool.StartAsync(
            python, 1, cancellation, static pool => pool.Values.Codec = ValueCodec.Json);
        await using BenchPool marshal = await BenchPool.StartAsync(
            python, 1, cancellation, static pool => pool.Values.Codec = ValueCodec.Marshal);
        Dictionary<string, object?> document = Document();
        List<double> floats = [.. Enumerable.Range(0, Floats).Select(static i => Math.Sqrt(i))];
        var results = new Results();
        for (int round = -WarmUpRounds; round < 0; round++)
        {
            await RoundAsync(new Results());
        }
        foreach (int _ in Deadline.Until(run.Duration, cancellation))
        {
            await RoundAsync(results);
        }
        return results.Metrics();

        async Task RoundAsync(Results to)
        {
            to.Floor.Add(MeasureFloor(floor));
            to.DocumentJson.Add(await MeasureAsync(json, document, DocumentsPerBlock, SameDocument));
            to.DocumentMarshal.Add(await MeasureAsync(marshal, document, DocumentsPerBlock, SameDocument));
            to.FloatsJson.Add(await MeasureAsync(json, floats, FloatsPerBlock, static (x, y) => x.SequenceEqual(y)));
            to.FloatsMarshal.Add(await MeasureAsync(marshal, floats, FloatsPerBlock, static (x, y) => x.SequenceEqual(y)));
        }
    }

    private static long[] MeasureFloor(FloorPeer floor)
    {
        long[] samples = new long[DocumentsPerBlock];
        floor.MeasureOnOneCore(samples);
        return samples;
    }

    /// <summary>Times a block of calls one after another. The last call must return the value that was sent.</summary>
    private static async Task<long[]> MeasureAsync<T>(BenchPool pool, T value, int count, Func<T, T, bool> isSame)
    {
        long[] samples = new long[count];
        T back = value;
        for (int i = 0; i < count; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            back = await pool.Workers.ExecuteAsync<T>("echo", ToolArguments.Positional(value));
            samples[i] = Stopwatch.GetTimestamp() - begin;
        }
        return isSame(value, back) ? samples : throw new InvalidRunException("A value came back changed.");
    }

    private static bool SameDocument(Dictionary<string, object?> x, Dictionary<string, object?> y) =>
        JsonSerializer.Serialize(x) == JsonSerializer.Serialize(y);

    /// <summary>Creates a value as applications send it: nested texts, numbers, lists and dictionaries, 1 KiB as JSON.</summary>
    private static Dictionary<string, object?> Document()
    {
        var chapters = new List<object?>();
        var document = new Dictionary<string, object?>
        {
            ["id"] = 4711,
            ["title"] = "On the care of snakes",
            ["price"] = 12.5,
            ["available"] = true,
            ["successor"] = null,
            ["author"] = new Dictionary<string, object?>
            {
                ["name"] = "A. Keeper",
                ["born"] = 1961,
                ["languages"] = new List<object?> { "en", "de" },
            },
            ["chapters"] = chapters,
            ["end"] = "",
        };
        int Length() => JsonSerializer.SerializeToUtf8Bytes(document).Length;
        for (int i = 1; Length() < DocumentBytes - 100; i++)
        {
            chapters.Add(new Dictionary<string, object?>
            {
                ["number"] = i,
                ["title"] = $"Chapter {i}",
                ["pages"] = new List<object?> { 10 * i, (10 * i) + 9 },
                ["share"] = i / 8.0,
            });
        }
        document["end"] = new string('.', DocumentBytes - Length());
        return document;
    }

    private sealed class Results
    {
        public BlockSeries Floor { get; } = new();

        public BlockSeries DocumentJson { get; } = new();

        public BlockSeries DocumentMarshal { get; } = new();

        public BlockSeries FloatsJson { get; } = new();

        public BlockSeries FloatsMarshal { get; } = new();

        public Dictionary<string, double> Metrics() => new()
        {
            ["floor_1k_us"] = Floor.P50,
            ["dict1k_json_us"] = DocumentJson.P50,
            ["dict1k_marshal_us"] = DocumentMarshal.P50,
            ["floats_json_us"] = FloatsJson.P50,
            ["floats_marshal_us"] = FloatsMarshal.P50,
            ["dict1k_speedup"] = DocumentJson.RatioTo(DocumentMarshal),
            ["floats_speedup"] = FloatsJson.RatioTo(FloatsMarshal),
            ["dict1k_over_floor"] = DocumentMarshal.RatioTo(Floor),
        };
    }
}
