namespace Snakepit.Bench.Measuring;

/// <summary>Curves over a common axis, which eng/chart.py draws.</summary>
/// <param name="X">The label of the x-axis.</param>
/// <param name="Y">The label of the y-axis.</param>
/// <param name="Curves">The curves.</param>
internal sealed record Chart(string X, string Y, IReadOnlyList<Curve> Curves);

/// <summary>A curve of a chart.</summary>
/// <param name="Name">The name of the curve.</param>
/// <param name="Points">The points as text, "x,y x,y …": short in a file that people read, and in the format of SVG.</param>
internal sealed record Curve(string Name, string Points);
