using System.Diagnostics.Metrics;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Telemetry;

/// <summary>
/// The tables that docs/telemetry-reference.md is written from have everything, and nothing else. GeneratedFilesTests compare the page.
/// </summary>
public sealed class TelemetryPageTests
{
    [Fact]
    public void Instruments_of_the_meter_are_those_of_the_table()
    {
        List<Instrument> published = [];
        using MeterListener listener = new();
        using SnakepitMetrics metrics = new();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter == metrics.Meter)
            {
                published.Add(instrument);
            }
        };
        listener.Start();

        Assert.Equal(
            InstrumentTable.All.Select(static row => (row.Name, row.Unit, row.Description)).Order(),
            published.Select(static one => (one.Name, one.Unit!, one.Description!)).Order());
        Assert.All(published, static one => Assert.Equal(KindOf(one), InstrumentTable.All.Single(row => row.Name == one.Name).Kind));
    }

    [Fact]
    public void Names_follow_the_conventions()
    {
        Assert.All(
            InstrumentTable.All, static row => Assert.Matches(@"^(rpc\.client\.call\.duration|(snakepit|process)(\.[a-z_]+)+)$", row.Name));
        Assert.All(
            InstrumentTable.All.SelectMany(static row => row.Tags),
            static tag => Assert.Contains(tag.Name, (string[])["pool", "slot", "state", "reason", "outcome"]));
        Assert.All(InstrumentTable.All, static row => Assert.Same(TelemetryTags.Pool, row.Tags[0]));
    }

    [Fact]
    public void Attributes_of_spans_have_meanings() => Assert.Equal(
        SpanTable.Attributes.Select(static attribute => attribute.Name).Order(),
        SpanTable.All.SelectMany(static row => row.Attributes).Distinct().Order());

    /// <summary>Users find there what each means, and which setting causes it.</summary>
    [Fact]
    public void Lifecycle_page_lists_every_reason_of_a_recycle()
    {
        string page = File.ReadAllText(RepositoryFiles.PathOf("docs", "lifecycle.md"));
        string section = page[page.IndexOf("## Why workers are replaced", StringComparison.Ordinal)..];
        IEnumerable<string> rows = section.Split('\n').SkipWhile(static line => !line.StartsWith("| `", StringComparison.Ordinal))
            .TakeWhile(static line => line.StartsWith("| `", StringComparison.Ordinal));
        IEnumerable<string> listed = rows.Select(static row => row.Split('`')[1]);

        Assert.Equal(Enum.GetValues<RecycleReason>().Select(TelemetryNames.Of).Order(), listed.Order());
    }

    private static InstrumentKind KindOf(Instrument instrument) => instrument.GetType().Name switch
    {
        "Counter`1" or "ObservableCounter`1" => InstrumentKind.Counter,
        "ObservableUpDownCounter`1" => InstrumentKind.UpDownCounter,
        "Histogram`1" => InstrumentKind.Histogram,
        var other => throw new InvalidOperationException($"No kind for {other}."),
    };
}
