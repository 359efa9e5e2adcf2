namespace Snakepit.Lifecycle;

/// <summary>
/// Estimates how much memory a call of each tool leaves behind in its worker, although workers run calls of several tools between two
/// readings of their memory: the least squares of all readings. Tools that are always called in the same proportion cannot be told apart.
/// Older readings fade. Not thread-safe.
/// </summary>
internal sealed class MemoryGrowth
{
    private const int MostTools = 32;
    private const int LeastReadings = 8;
    private const double MostReadings = 1_000; // that count
    private const double Certainty = 4; // in standard errors
    private const double Ridge = 1e-6;
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly double[,] _products = new double[MostTools, MostTools]; // of the numbers of calls
    private readonly double[] _growths = new double[MostTools]; // times the numbers of calls
    private double _squares; // of the growths
    private double _readings;

    /// <summary>Takes a reading of a worker.</summary>
    /// <param name="calls">What the worker has answered since the reading before.</param>
    /// <param name="bytes">How much its memory has grown since then; negative when it has shrunk.</param>
    public void Observe(IReadOnlyList<ToolCalls> calls, long bytes)
    {
        Span<(int Number, int Calls)> seen = stackalloc (int, int)[MostTools];
        int count = 0;
        foreach (ToolCalls tool in calls)
        {
            if (tool.Calls > 0)
            {
                if (NumberOf(tool.Tool) is not { } number)
                {
                    return; // what its calls left behind would be put down to others
                }
                seen[count++] = (number, tool.Calls);
            }
        }
        if (count == 0)
        {
            return;
        }
        Fade();
        foreach ((int row, int rowCalls) in seen[..count])
        {
            foreach ((int column, int columnCalls) in seen[..count])
            {
                _products[row, column] += (double)rowCalls * columnCalls;
            }
            _growths[row] += (double)rowCalls * bytes;
        }
        _squares += (double)bytes * bytes;
        _readings++;
    }

    /// <summary>
    /// Returns the bytes that a call leaves behind, by tool: 0 for a tool of which it is not certain that it leaves anything. Empty while
    /// there are too few readings.
    /// </summary>
    public IReadOnlyDictionary<string, long> Estimate()
    {
        int tools = _numbers.Count;
        if (_readings < Math.Max(LeastReadings, 2 * tools))
        {
            return new Dictionary<string, long>();
        }
        double[,] inverse = Invert(tools);
        var perCall = new double[tools];
        double explained = 0;
        for (int row = 0; row < tools; row++)
        {
            for (int column = 0; column < tools; column++)
            {
                perCall[row] += inverse[row, column] * _growths[column];
            }
            explained += perCall[row] * _growths[row];
        }
        double variance = Math.Max(0, _squares - explained) / Math.Max(1, _readings - tools);
        return _numbers.ToDictionary(static tool => tool.Key, tool =>
        {
            double error = Math.Sqrt(variance * Math.Max(0, inverse[tool.Value, tool.Value]));
            return perCall[tool.Value] > Certainty * error ? (long)perCall[tool.Value] : 0;
        });
    }

    private int? NumberOf(string tool)
    {
        if (!_numbers.TryGetValue(tool, out int number))
        {
            if (_numbers.Count == MostTools)
            {
                return null;
            }
            _numbers.Add(tool, number = _numbers.Count);
        }
        return number;
    }

    private void Fade()
    {
        if (_readings < MostReadings)
        {
            return;
        }
        const double Keep = 1 - (1 / MostReadings);
        for (int row = 0; row < _numbers.Count; row++)
        {
            for (int column = 0; column < _numbers.Count; column++)
            {
                _products[row, column] *= Keep;
            }
            _growths[row] *= Keep;
        }
        _squares *= Keep;
        _readings *= Keep;
    }

    /// <summary>Inverts the products by elimination. A little on the diagonal keeps them invertible when tools come together.</summary>
    private double[,] Invert(int size)
    {
        var left = new double[size, size];
        var right = new double[size, size];
        double trace = Enumerable.Range(0, size).Sum(i => _products[i, i]);
        for (int row = 0; row < size; row++)
        {
            for (int column = 0; column < size; column++)
            {
                left[row, column] = _products[row, column];
            }
            left[row, row] += Ridge * trace / size;
            right[row, row] = 1;
        }
        for (int pivot = 0; pivot < size; pivot++) // the matrix is positive definite, so no rows are exchanged
        {
            double scale = left[pivot, pivot];
            for (int column = 0; column < size; column++)
            {
                left[pivot, column] /= scale;
                right[pivot, column] /= scale;
            }
            for (int row = 0; row < size; row++)
            {
                double factor = row == pivot ? 0 : left[row, pivot];
                for (int column = 0; column < size; column++)
                {
                    left[row, column] -= factor * left[pivot, column];
                    right[row, column] -= factor * right[pivot, column];
                }
            }
        }
        return right;
    }
}
