using System.Text.Json;
using System.Text.RegularExpressions;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Deploy;

/// <summary>
/// What deploy/ asks of Prometheus exists: every metric is one of the instrument table, as OpenTelemetry's exporter names it, and every
/// label is one of its tags.
/// </summary>
public sealed partial class DashboardTests
{
    private static readonly string[] s_added = ["job", "instance", "le"]; // by Prometheus, and by histograms

    private static readonly Dictionary<string, InstrumentSpec> s_known = InstrumentTable.All
        .SelectMany(static row => NamesOf(row).Select(name => (name, row))).ToDictionary();

    [Fact]
    public void Every_expression_of_the_dashboard_asks_for_what_there_is()
    {
        using JsonDocument dashboard = JsonDocument.Parse(File.ReadAllText(RepositoryFiles.PathOf("deploy", "grafana", "snakepit.json")));
        string[] expressions = [.. Expressions(dashboard.RootElement)];

        Assert.InRange(expressions.Length, 25, int.MaxValue);
        Assert.All(expressions, Check);
    }

    [Fact]
    public void Legends_of_the_dashboard_show_labels_that_their_expression_keeps()
    {
        using JsonDocument dashboard = JsonDocument.Parse(File.ReadAllText(RepositoryFiles.PathOf("deploy", "grafana", "snakepit.json")));
        foreach (JsonElement target in Targets(dashboard.RootElement))
        {
            string expression = target.GetProperty("expr").GetString()!;
            string[] kept = Grouping().Match(expression) is { Success: true } by
                ? Split(by.Groups["labels"].Value)
                : [.. Metrics(expression).SelectMany(static name => s_known[name].Tags).Select(static tag => tag.Name)];

            string legend = target.GetProperty("legendFormat").GetString()!;
            Assert.All(Shown().Matches(legend), shown => Assert.Contains(shown.Groups[1].Value, kept));
        }
    }

    [Fact]
    public void Panels_of_the_dashboard_do_not_overlap_and_have_titles_and_descriptions()
    {
        using JsonDocument dashboard = JsonDocument.Parse(File.ReadAllText(RepositoryFiles.PathOf("deploy", "grafana", "snakepit.json")));
        JsonElement[] panels = [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()];
        var cells = new HashSet<(int X, int Y)>();

        Assert.Equal(panels.Length, panels.Select(static panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        foreach (JsonElement panel in panels)
        {
            JsonElement place = panel.GetProperty("gridPos");
            (int x, int y) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32());
            (int width, int height) = (place.GetProperty("w").GetInt32(), place.GetProperty("h").GetInt32());
            Assert.InRange(x + width, 1, 24);
            Assert.All(
                Enumerable.Range(0, width * height), i => Assert.True(cells.Add((x + (i % width), y + (i / width))), $"panel at {x}, {y}"));
            Assert.NotEmpty(panel.GetProperty("title").GetString()!);
            Assert.True(panel.GetProperty("type").GetString() == "row" || panel.GetProperty("description").GetString()!.EndsWith('.'));
        }
    }

    [Fact]
    public void Rules_ask_for_what_there_is()
    {
        string[] lines = File.ReadAllLines(RepositoryFiles.PathOf("deploy", "prometheus", "snakepit.rules.yml"));
        string[] expressions = [.. lines.Where(static line => !line.TrimStart().StartsWith('#') && line.Contains("snakepit_"))];

        Assert.InRange(expressions.Length, 6, int.MaxValue);
        Assert.All(expressions.Where(static line => !line.Contains("record:", StringComparison.Ordinal)), Check);
    }

    [Theory]
    [InlineData("sum(rate(snakepit_worker_recycle_total[5m]))")]
    [InlineData("snakepit_worker_recycled")]
    [InlineData("sum by (worker) (snakepit_queue_length)")]
    [InlineData("snakepit_queue_length{state=\"serving\"}")]
    public void A_metric_or_label_that_does_not_exist_is_noticed(string expression) =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Check(expression));

    private static void Check(string expression)
    {
        string[] metrics = [.. Metrics(expression)];
        Assert.NotEmpty(metrics);
        Assert.All(metrics, name => Assert.True(s_known.ContainsKey(name), $"There is no metric {name}: {expression}"));
        HashSet<string> labels = [.. s_added, .. metrics.SelectMany(static name => s_known[name].Tags).Select(static tag => tag.Name)];
        Assert.All(
            Grouping().Matches(expression).SelectMany(static by => Split(by.Groups["labels"].Value))
                .Concat(Selected().Matches(expression).Select(static label => label.Groups[1].Value)),
            label => Assert.True(labels.Contains(label), $"There is no label {label}: {expression}"));
    }

    private static IEnumerable<string> Metrics(string expression) =>
        Metric().Matches(expression).Select(static metric => metric.Value).Distinct();

    private static string[] Split(string labels) => labels.Split(',', StringSplitOptions.TrimEntries);

    private static IEnumerable<JsonElement> Targets(JsonElement dashboard) =>
        from panel in dashboard.GetProperty("panels").EnumerateArray()
        where panel.TryGetProperty("targets", out _)
        from target in panel.GetProperty("targets").EnumerateArray()
        select target;

    private static IEnumerable<string> Expressions(JsonElement dashboard) =>
    [
        .. Targets(dashboard).Select(static target => target.GetProperty("expr").GetString()!),
        .. dashboard.GetProperty("annotations").GetProperty("list").EnumerateArray()
            .Select(static one => one.GetProperty("expr").GetString()!),
        .. dashboard.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Where(static variable => variable.TryGetProperty("definition", out _))
            .Select(static variable => variable.GetProperty("definition").GetString()!),
    ];

    /// <summary>The names by the rules of OpenTelemetry's exporter: dots become underscores, then come the unit and the kind.</summary>
    private static string[] NamesOf(InstrumentSpec row)
    {
        string unit = row.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        string name = row.Name.Replace('.', '_');
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return row.Kind switch
        {
            InstrumentKind.Counter => [$"{name}_total"],
            InstrumentKind.Histogram => [$"{name}_bucket", $"{name}_sum", $"{name}_count"],
            _ => [name],
        };
    }

    [GeneratedRegex(@"\b(snakepit|process|rpc)_[a-z_]+\b")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\bby \((?<labels>[a-z, ]+)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"[{,]\s*([a-z]+)(?==~?"")")]
    private static partial Regex Selected();

    [GeneratedRegex(@"\{\{([a-z]+)\}\}")]
    private static partial Regex Shown();
}
