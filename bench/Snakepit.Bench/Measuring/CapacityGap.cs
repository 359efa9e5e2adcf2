namespace Snakepit.Bench.Measuring;

/// <summary>A time in which a pool had fewer workers than before a death.</summary>
/// <param name="Report">Who died.</param>
/// <param name="Before">How many workers were ready before.</param>
/// <param name="From">When it died.</param>
/// <param name="To">When as many were ready again.</param>
/// <param name="OtherDeaths">How many more died meanwhile, which it had to make up for as well.</param>
internal sealed record CapacityGap(DeathReport Report, int Before, DateTimeOffset From, DateTimeOffset To, int OtherDeaths)
{
    public double Ms => (To - From).TotalMilliseconds;
}
