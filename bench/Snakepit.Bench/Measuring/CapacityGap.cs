namespace Snakepit.Bench.Measuring;

/// <summary>A time in which a pool had fewer workers than before a death.</summary>
/// <param name="Report">Who died.</param>
/// <param name="Before">How many workers were ready before.</param>
/// <param name="From">When it died.</param>
/// <param name="To">When as many were ready again.</param>
internal sealed record CapacityGap(DeathReport Report, int Before, DateTimeOffset From, DateTimeOffset To)
{
    public double Ms => (To - From).TotalMilliseconds;
}
