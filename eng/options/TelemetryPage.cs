using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging;
using Snakepit.Telemetry;

namespace Snakepit.OptionPages;

/// <summary>Writes docs/telemetry-reference.md: all instruments, spans and log events.</summary>
internal static class TelemetryPage
{
    private static readonly (int From, string Title)[] s_areas =
        [(100, "Pools"), (200, "Workers"), (300, "Launcher"), (400, "Python"), (500, "Channels, readings and zygotes")];

    public static string Write(Summaries summaries)
    {
        var page = new StringBuilder(
            """
            # Telemetry reference

            All instruments, spans and log events. [Telemetry](telemetry.md) says how to use them. The page is generated from the code: see
            [contributing](../CONTRIBUTING.md#generated-files).

            """);
        AddInstruments(page);
        AddTags(page);
        AddSpans(page);
        AddEvents(page, summaries);
        return page.ToString();
    }

    private static void AddInstruments(StringBuilder page)
    {
        page.Append(
            $"""

            ## Instruments

            The meter is named `{TelemetryNames.Meter}`. In Prometheus, dots become underscores, the unit is appended (`_seconds`,
            `_bytes`), and counters end in `_total`: `snakepit.worker.recycled` is `snakepit_worker_recycled_total`.

            | instrument | kind | unit | tags | meaning |
            |---|---|---|---|---|

            """);
        foreach (InstrumentSpec row in InstrumentTable.All)
        {
            string buckets = row.Buckets.Count == 0 ? "" : $" Buckets: {string.Join(" ", row.Buckets.Select(Number))}.";
            string tags = string.Join(", ", row.Tags.Select(tag => $"[{tag.Name}](#{AnchorOf(tag)})"));
            page.Append($"| `{row.Name}` | {NameOf(row.Kind)} | {row.Unit} | {tags} | {row.Description}{buckets} |\n");
        }
    }

    private static void AddTags(StringBuilder page)
    {
        page.Append(
            """

            ## Tags

            The number of series does not grow as workers are replaced. No tag tells workers, sessions, tools or texts apart.

            | tag | of | meaning | values |
            |---|---|---|---|

            """);
        foreach (TelemetryTag tag in InstrumentTable.All.SelectMany(static row => row.Tags).Distinct())
        {
            string[] users = [.. InstrumentTable.All.Where(row => row.Tags.Contains(tag)).Select(static row => $"`{row.Name}`")];
            string of = users.Length == InstrumentTable.All.Count ? "all" : string.Join(", ", users);
            string values = string.Join(", ", tag.Values.Select(static value => $"`{value}`"));
            page.Append($"| <a id=\"{AnchorOf(tag)}\"></a>{tag.Name} | {of} | {tag.Meaning} | {values} |\n");
        }
    }

    private static void AddSpans(StringBuilder page)
    {
        page.Append(
            $"""

            ## Spans

            The activity source is named `{TelemetryNames.ActivitySource}`.

            | span | kind | attributes | meaning |
            |---|---|---|---|

            """);
        foreach (SpanSpec row in SpanTable.All)
        {
            string attributes = string.Join(", ", row.Attributes.Select(static name => $"`{name}`"));
            page.Append($"| `{row.Name}` | {row.Kind.ToString().ToLowerInvariant()} | {attributes} | {row.Meaning} |\n");
        }
        page.Append("\n| attribute | meaning |\n|---|---|\n");
        foreach ((string name, string meaning) in SpanTable.Attributes)
        {
            page.Append($"| `{name}` | {meaning} |\n");
        }
    }

    private static void AddEvents(StringBuilder page, Summaries summaries)
    {
        page.Append(
            $"""

            ## Log events

            Events 410 to 412 have the category `{TelemetryNames.PythonLogCategory}`, all others `{TelemetryNames.LogCategory}`.

            """);
        Dictionary<int, LogLevel> levels = typeof(Log).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Select(static method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .ToDictionary(static message => message.EventId, static message => message.Level);
        levels[EventIds.PythonOutput] = LogLevel.Debug; // their state is no template's
        FieldInfo[] ids = typeof(EventIds).GetFields(BindingFlags.Public | BindingFlags.Static);
        foreach ((int from, string title) in s_areas)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n### {title}\n\n| id | name | level | meaning |\n|---|---|---|---|\n");
            foreach (FieldInfo field in ids)
            {
                int id = (int)field.GetRawConstantValue()!;
                if (id / 100 * 100 == from)
                {
                    LogLevel level = levels.GetValueOrDefault(id, LogLevel.None);
                    string told = level == LogLevel.None ? "as logged" : level.ToString();
                    string meaning = summaries.Of(typeof(EventIds), field.Name);
                    page.Append(CultureInfo.InvariantCulture, $"| {id} | {field.Name} | {told} | {meaning} |\n");
                }
            }
        }
    }

    private static string NameOf(InstrumentKind kind) => kind switch
    {
        InstrumentKind.Counter => "counter",
        InstrumentKind.UpDownCounter => "up-down counter",
        _ => "histogram",
    };

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Several tags have the name reason.</summary>
    private static string AnchorOf(TelemetryTag tag)
    {
        TelemetryTag[] all = [.. InstrumentTable.All.SelectMany(static row => row.Tags).Distinct().Where(other => other.Name == tag.Name)];
        int index = Array.IndexOf(all, tag);
        return index == 0 ? $"tag-{tag.Name}" : $"tag-{tag.Name}-{index + 1}";
    }
}
