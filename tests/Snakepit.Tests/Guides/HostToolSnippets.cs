using System.ComponentModel;
using System.Text.Json;

namespace Snakepit.Tests.Guides;

/// <summary>The code of docs/host-tools.md.</summary>
internal static class HostToolSnippets
{
    public static void Add(SnakepitRuntimeBuilder s)
    {
        // snippet: add
        s.AddPool("orders", p =>
        {
            p.Adapter = "adapters/orders.py";
            p.Tools.Add("rate", (string currency) => 1.08);                                         // parameters are arguments
            p.Tools.AddFrom<OrderTools>();                                                          // methods with [HostTool]
            p.Tools.Add("version", (call, ct) => new ValueTask<object?>("1.0"));                    // without reflection, for AOT
        });
        // end snippet
    }

    public static void Describe(HostToolCollection tools)
    {
        // snippet: describe
        tools.Add(new HostTool("rate", ([Description("Three letters.")] string currency, DateOnly? day = null) => 1.08)
        {
            Description = "Returns the euros for one unit of a currency.",
            Metadata = new Dictionary<string, string> { ["source"] = "central bank" },
        });
        tools.Add(new HostTool("version", (call, ct) => new ValueTask<object?>("1.0"))          // AOT-safe: its schema is given
        {
            ParametersSchema = JsonElement.Parse("""{"type": "object", "properties": {}}"""),
        });
        // end snippet
    }

    // snippet: service
    internal sealed class OrderTools(IOrderStore store)    // from a scope of the application's services, one for each call
    {
        [HostTool(Name = "lines_of", Description = "Returns the lines of an order.")]
        public Task<List<OrderLine>> LinesAsync(int order, CancellationToken ct) => store.LinesAsync(order, ct);
    }
    // end snippet

    internal interface IOrderStore
    {
        Task<List<OrderLine>> LinesAsync(int order, CancellationToken ct);
    }

    internal sealed record OrderLine(int Count, double Price);
}
