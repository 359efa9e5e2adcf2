namespace Snakepit.Bench.Measuring;

/// <summary>A period in which a pool had fewer workers than before a death.</summary>
/// <param name="Report">The report of the death.</param>
/// <param name="Before">The number of workers that were ready before.</param>
/// <param name="From">The time of the death.</param>
/// <param name="To">The time at which as many workers were ready again.</param>
/// <param name="OtherDeaths">The number of further deaths in the period, which the pool had to make up for too.</param>
internal sealed record CapacityGap(DeathReport Report, int Before, DateTimeOffset From, DateTimeOffset To, int OtherDeaths)
{
    public double Ms => (To - From).TotalMilliseconds;
}
