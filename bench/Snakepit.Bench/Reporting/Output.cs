using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Reporting;

/// <summary>Shows a result: a table for people, one line of JSON for programs.</summary>
internal static class Output
{
    public static void Write(BenchResult result, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new ResultDocument(result), LineContext.Default.ResultDocument));
        }
        else
        {
            AnsiConsole.Write(Table(result));
        }
    }

    private static Table Table(BenchResult result)
    {
        Dictionary<string, MetricRatio> ratios = result.Ratios.ToDictionary(static ratio => ratio.Name);
        Dictionary<string, BarResult> bars = result.Bars.ToDictionary(static bar => bar.Name);
        Table table = new Table().Title(result.Scenario.Name).AddColumns("metric", "value", "ratio", "bar", "");
        table.Columns[1].RightAligned();
        table.Columns[2].RightAligned();
        table.Columns[3].RightAligned();
        foreach (Metric metric in result.Measured)
        {
            bool hasBar = bars.TryGetValue(metric.Name, out BarResult? bar);
            bool hasRatio = ratios.TryGetValue(metric.Name, out MetricRatio? ratio);
            table.AddRow(
                metric.Name,
                Number(result.Metrics[metric.Name]),
                hasRatio ? $"{Number(ratio!.Ratio)} {ShortNameOf(metric.Against!.Value)}" : "",
                hasBar ? $"{(bar!.AtLeast ? '≥' : '≤')} {Number(bar.Bar)}" : "",
                hasBar ? bar!.Held ? "[green]held[/]" : "[red]missed[/]" : "");
        }
        return table;
    }

    private static string ShortNameOf(Reference reference) => reference switch
    {
        Reference.DictionaryPair => "pairs",
        Reference.PythonLoop => "loops",
        Reference.InterpreterStart => "starts",
        Reference.WakeUp => "wake-ups",
        _ => "late wake-ups",
    };

    private static string Number(double value) => value.ToString("#,0.###", CultureInfo.InvariantCulture);
}
