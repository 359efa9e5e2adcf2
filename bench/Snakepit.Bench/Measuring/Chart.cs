namespace Snakepit.Bench.Measuring;

/// <summary>Curves over a common axis; eng/chart.py draws them.</summary>
/// <param name="X">What the first number of a point is.</param>
/// <param name="Y">What the second is.</param>
/// <param name="Curves">The curves.</param>
internal sealed record Chart(string X, string Y, IReadOnlyList<Curve> Curves);

/// <summary>One of them.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="Points">Its points as text, "x,y x,y …": short in a file that people read, and as a picture wants it.</param>
internal sealed record Curve(string Name, string Points);
