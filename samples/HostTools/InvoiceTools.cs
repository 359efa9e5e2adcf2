using Microsoft.Extensions.DependencyInjection;
using Snakepit;

namespace HostTools;

// snippet: tools
/// <summary>What Python may call. Each call gets an instance, with services from a scope of its own.</summary>
internal sealed class InvoiceTools(OrderBook orders, [FromKeyedServices("invoices")] IWorkerPool pool)
{
    [HostTool(Name = "orders", Description = "Returns the orders of a customer, one by one.")]
    public IAsyncEnumerable<Order> OrdersAsync(string customer, CancellationToken ct) => orders.ReadAsync(ct);

    [HostTool(Name = "rate", Description = "Returns what a euro is worth.")]
    [HostToolMetadata(Name = "source", Value = "central bank")]
    public double Rate(string currency) => currency switch
    {
        "EUR" => 1,
        "USD" => 1.08,
        _ => throw new ArgumentException($"There is no rate for {currency}."),
    };

    [HostTool(Name = "letter", Description = "Writes a letter, in Python again.")]
    public async Task<string> LetterAsync(string customer, string total, CancellationToken ct) =>
        await pool.ExecuteAsync<string>("write_letter", new { customer, total }, cancellationToken: ct);
}
// end snippet
