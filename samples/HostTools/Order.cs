namespace HostTools;

/// <summary>An order, as Python gets it.</summary>
internal sealed record Order(int Number, double Amount);
