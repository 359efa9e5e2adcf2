using Snakepit;
using Spectre.Console;

namespace Quickstart;

/// <summary>Prints the results: the files, then the calls and the workers.</summary>
internal static class Report
{
    private const int MostRows = 40;

    public static void Show(IAnsiConsole console, IReadOnlyList<Document> documents, IReadOnlyList<Description?> descriptions)
    {
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumn("File")
            .AddColumn("Words", column => column.RightAligned())
            .AddColumn("Sentences", column => column.RightAligned())
            .AddColumn("Reading\nease", column => column.RightAligned())
            .AddColumn("Most telling words");
        foreach ((Document document, Description? description) in documents.Zip(descriptions).Take(MostRows))
        {
            table.AddRow(
                new Text(new string([.. document.Name.Select(static c => char.IsControl(c) ? '?' : c)])),
                new Text($"{document.Words:N0}"),
                new Text($"{document.Sentences:N0}"),
                new Text($"{description?.ReadingEase:F1}"),
                new Text(string.Join(", ", description?.TellingWords ?? [])));
        }
        console.Write(table);
        if (documents.Count > MostRows)
        {
            console.WriteLine($"and {documents.Count - MostRows:N0} more files");
        }
    }

    public static void Show(IAnsiConsole console, Traffic traffic, WorkerHistory history)
    {
        foreach (IGrouping<int, (WorkerId Worker, long Requests)> slot in history.Slots)
        {
            console.WriteLine(
                $"calls served by slot {slot.Key}: {slot.Sum(static worker => worker.Requests):N0} (" +
                string.Join(", ", slot.Select(static worker => $"#{worker.Worker.Generation}: {worker.Requests:N0}")) + ")");
        }
        console.WriteLine();
        console.WriteLine(
            $"{traffic.Calls:N0} calls in {traffic.Elapsed.TotalSeconds:N1} s: {traffic.CallsPerSecond:N0} calls/s, " +
            $"p50 {traffic.Percentile(0.50).TotalMilliseconds:N2} ms, p99 {traffic.Percentile(0.99).TotalMilliseconds:N2} ms");
        console.WriteLine($"workers recycled: {history.Recycled:N0}, crashed: {history.Crashed:N0}; failed calls: {traffic.Failed:N0}");
        if (traffic.FirstFailure is { } failure)
        {
            console.WriteLine($"The first failure: {failure}");
        }
    }
}
