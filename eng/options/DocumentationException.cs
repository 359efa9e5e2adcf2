namespace Snakepit.OptionPages;

/// <summary>A summary or a page that cannot be right.</summary>
public sealed class DocumentationException(string message) : Exception(message);
