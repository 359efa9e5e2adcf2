namespace Snakepit.Simulation;

/// <summary>A limit that may be lowered below what is there already, which then may become fewer but not more.</summary>
internal sealed class LowerableLimit
{
    private int _last;

    public bool IsExceeded(int count, int limit)
    {
        bool isExceeded = count > Math.Max(limit, _last);
        _last = count;
        return isExceeded;
    }
}
