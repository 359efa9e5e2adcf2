using HostTools;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Snakepit;

// Python adds up an invoice, and asks this application for the orders, the rate and the letter.
HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddSingleton<OrderBook>();
builder.Services.AddSnakepit().AddPool("invoices", p =>
{
    p.Adapter = "adapters/invoices.py";
    p.Size = 2; // the letter is written while the invoice waits for it
    p.Tools.AddFrom<InvoiceTools>();
});

using IHost host = builder.Build();
await host.StartAsync();
IWorkerPool pool = host.Services.GetRequiredKeyedService<IWorkerPool>("invoices");
foreach (string currency in (string[])["EUR", "USD", "XXX"])
{
    Dictionary<string, object> invoice = await pool.ExecuteAsync<Dictionary<string, object>>(
        "invoice", new { customer = "Ada", currency });
    Console.WriteLine($"{currency}: {string.Join(", ", invoice.Select(static one => $"{one.Key} = {one.Value}"))}");
}
await host.StopAsync();
