using System.Runtime.CompilerServices;

namespace HostTools;

/// <summary>Stands for a database.</summary>
internal sealed class OrderBook
{
    private static readonly Order[] s_orders = [new(1, 120), new(2, 79.5), new(3, 0.5)];

    public async IAsyncEnumerable<Order> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (Order order in s_orders)
        {
            await Task.Delay(1, cancellationToken);
            yield return order;
        }
    }
}
