using System.Globalization;
using System.Text;
using Snakepit.Configuration;

namespace Snakepit.OptionPages;

/// <summary>Fills the tables of docs/configuration.md, between their marks. The prose around them stays as it is.</summary>
internal static class ConfigurationPage
{
    private const string End = "<!-- end options -->";

    /// <summary>Where a page says more than a summary can.</summary>
    private static readonly Dictionary<string, string> s_more = new()
    {
        ["StartPolicy"] = "[Startup under AddSnakepit is checked](#startup-under-addsnakepit-is-checked)",
        ["Adapter"] = "[Where an adapter is found](adapters.md#where-an-adapter-is-found)",
        ["TimeoutProfile"] = "[Timeouts by kind of work](#timeouts-by-kind-of-work)",
        ["Queue.WhenFull"] = "[When too much is asked](lifecycle.md#when-too-much-is-asked)",
        ["Queue.RejectLate"] = "[When too much is asked](lifecycle.md#when-too-much-is-asked)",
        ["Values.RequireMembers"] = "[Members that Python did not send](values.md#members-that-python-did-not-send)",
    };

    public static string Fill(string page, IReadOnlyList<Setting> runtime, IReadOnlyList<Setting> pool) =>
        Fill(Fill(Fill(page, "timeouts", Timeouts()), "runtime", Table(runtime)), "pool", Table(pool));

    private static string Fill(string page, string name, string table)
    {
        string mark = $"<!-- options: {name} -->\n";
        int start = page.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        int end = page.IndexOf(End, start, StringComparison.Ordinal);
        if (start < mark.Length || end < 0)
        {
            throw new DocumentationException($"{GeneratedFiles.Page} needs the lines {mark.Trim()} and {End}.");
        }
        return $"{page[..start]}\n{table}\n{page[end..]}";
    }

    private static string Table(IReadOnlyList<Setting> settings)
    {
        var table = new StringBuilder("| setting | default | values | a change | meaning |\n|---|---|---|---|---|\n");
        foreach (Setting setting in settings)
        {
            string[] cells =
                [$"`{setting.Option.Path}`", setting.Default, Values(setting), Effect(setting.Option.Effect), Meaning(setting)];
            table.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        }
        return table.ToString();
    }

    /// <summary>The settings whose defaults depend on the profile, and these defaults.</summary>
    private static string Timeouts()
    {
        TimeoutProfile[] profiles = Enum.GetValues<TimeoutProfile>();
        PoolOptions[] options = Array.ConvertAll(profiles, static profile => new PoolOptions { TimeoutProfile = profile });
        var table = new StringBuilder($"| setting | {string.Join(" | ", profiles.Select(static profile => $"`{profile}`"))} |\n|---|");
        table.Insert(table.Length, "---|", profiles.Length).Append('\n');
        foreach (Option<PoolOptions> option in PoolOptionTable.Table.All.Where(static option => option.Path != nameof(TimeoutProfile)))
        {
            string[] values = Array.ConvertAll(options, option.Show);
            if (values.Distinct().Count() > 1)
            {
                table.Append($"| `{option.Path}` | {string.Join(" | ", values.Select(static value => $"`{value}`"))} |\n");
            }
        }
        return table.ToString();
    }

    private static string Effect(ReloadEffect effect) => effect switch
    {
        ReloadEffect.AtOnce => "at once",
        ReloadEffect.Replacement => "new workers",
        _ => "restart",
    };

    private static string Meaning(Setting setting) => string.Join(
        "<br>",
        [
            setting.Meaning,
            .. setting.Choices.Select(static choice => $"`{choice.Name}`: {choice.Meaning}"),
            .. s_more.TryGetValue(setting.Option.Path, out string? more) ? [$"More: {more}."] : Array.Empty<string>(),
        ]);

    private static string Values(Setting setting)
    {
        string values = setting.Option.Type.NotNull switch
        {
            TextType text => text.Form,
            ListType list => $"list of {list.Items}",
            MapType => "map",
            SwitchType => "`true`, `false`",
            RangeType<int> number => Range(number, setting.AtMost),
            RangeType<double> fraction => Range(fraction, setting.AtMost),
            RangeType<MemorySize> size => Range(size, setting.AtMost),
            RangeType<TimeSpan> duration => Duration(duration, setting),
            _ => string.Join(", ", setting.Choices.Select(static choice => $"`{choice.Name}`")),
        };
        return setting.Option.Type.MayBeNull ? $"{values}, or `null`" : values;
    }

    /// <summary>The range of most durations is in the text of the page.</summary>
    private static string Duration(RangeType<TimeSpan> range, Setting setting)
    {
        string values = range.Most < TimeSpan.FromDays(49) ? Range(range, setting.AtMost)
            : setting.AtMost is { } limit ? $"duration, at most `{limit}`"
            : "duration";
        return range.Or is { } or && !setting.Option.Type.MayBeNull ? $"{values}, or `{OptionText.Format(or)}`" : values;
    }

    private static string Range<T>(RangeType<T> range, string? atMost)
        where T : struct, IComparable<T>
    {
        string? most = atMost is null ? Text(range.Most) : $"`{atMost}`";
        if (range.Least is not null && most is not null)
        {
            return $"{Text(range.Least)} to {most}";
        }
        (string Name, string? Bound)[] bounds =
            [("at least", Text(range.Least)), ("above", Text(range.Above)), ("at most", most), ("below", Text(range.Below))];
        return string.Join(
            " and ", bounds.Where(static bound => bound.Bound is not null).Select(static bound => $"{bound.Name} {bound.Bound}"));
    }

    private static string? Text(object? value) => value switch
    {
        null => null,
        int number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => OptionText.Format(value),
    };
}
