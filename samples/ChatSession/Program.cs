using Snakepit;

await using SnakepitRuntime snakepit = await SnakepitRuntime.StartAsync(s => s.AddPool("chat", p =>
{
    p.Adapter = "adapters/chat.py";
    p.Size = 2;
}));
IWorkerPool pool = snakepit.GetPool("chat");

IWorkerSession chat = pool.GetSession("42", SessionAffinity.Hint);
await chat.Data.SetAsync("name", "Ada");
await SayAsync("The snake sleeps.");
await SayAsync("The snake wakes!");

await pool.RecycleAsync(); // replaces all workers; the conversation goes on in another one
Console.WriteLine("All workers are new.");

await SayAsync("Does the snake sleep?");
SessionValue<string[]> said = await chat.Data.GetAsync<string[]>("said");
Console.WriteLine($"{said.Value!.Length} messages, the first one: {said.Value[0]}");
await chat.EndAsync();

async Task SayAsync(string text)
{
    Console.WriteLine($"> {text}");
    Console.WriteLine(await chat.ExecuteAsync<string>("say", ToolArguments.Positional(text)));
}
