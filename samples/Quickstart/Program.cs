using Quickstart;
using Snakepit;
using Spectre.Console;

using var interrupt = new Interrupt();
try
{
    var options = QuickstartOptions.Parse(args);
    if (options.Help)
    {
        Console.WriteLine(QuickstartOptions.Usage);
        return 0;
    }
    return await RunAsync(options, interrupt.Token) ? 0 : 1;
}
catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped.");
    return Interrupt.ExitCode;
}
catch (PythonNotFoundException e)
{
    // The exception's message has a line per interpreter that was tried; one line is enough here.
    Console.Error.WriteLine($"No usable Python (3.9 or newer) was found: {string.Join("; ", e.Tried)}. {e.Remedy}");
    return 1;
}
catch (Exception e) when (e is UsageException or SnakepitException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

// Returns true when no call failed.
static async Task<bool> RunAsync(QuickstartOptions options, CancellationToken cancellationToken)
{
    string folder = options.Folder ?? TextFolder.FindDefault();
    IReadOnlyList<Document> documents = TextFolder.Read(folder);
    IAnsiConsole console = CreateConsole();

    // snippet: quickstart
    await using SnakepitRuntime snakepit = await SnakepitRuntime.StartAsync(
        s => s.AddPool("text", p =>
        {
            p.Adapter = "adapters/text_stats.py";
            p.Size = options.Workers;
            p.Recycle.MaxRequests = options.MaxRequests;
        }),
        cancellationToken);
    IWorkerPool pool = snakepit.GetPool("text");
    IAsyncEnumerable<LifecycleEvent> events = snakepit.WatchAsync(CancellationToken.None); // recycles and crashes as they happen

    TextCounts hello = await pool.ExecuteAsync<TextCounts>(
        "count", new { text = "Hello from .NET. Python counts the words." }, cancellationToken: cancellationToken);
    Console.WriteLine($"The first answer from Python: {hello.Words} words in {hello.Sentences} sentences.");
    // end snippet

    var display = new Display(console);
    var history = new WorkerHistory();
    var analysis = new TextAnalysis(documents, options);
    var traffic = new Traffic(pool);
    Task watching = display.ShowEventsAsync(events, history);
    Task<Description?[]> work = analysis.RunAsync(traffic, cancellationToken);
    await display.ShowProgressAsync(traffic, analysis.Calls, work);
    traffic.Stop();
    Description?[] descriptions = await work;

    PoolSnapshot last = pool.GetSnapshot();
    await snakepit.DisposeAsync(); // ends the events, so that the report has them all
    await watching;
    history.Add(last);

    console.WriteLine();
    console.WriteLine($"{TextFolder.Describe(folder)} Reading ease is Flesch's score: 100 is very easy to read, 0 very hard.");
    Report.Show(console, documents, descriptions);
    Report.Show(console, traffic, history);
    return traffic.Failed == 0;
}

// Output to a file or another program has no control codes and is wide enough for the table.
static IAnsiConsole CreateConsole()
{
    if (!Console.IsOutputRedirected)
    {
        return AnsiConsole.Console;
    }
    IAnsiConsole plain = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
    });
    plain.Profile.Width = 140;
    return plain;
}
