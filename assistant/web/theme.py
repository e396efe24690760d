"""Paper and ink: the colours of the pages, as a Gradio theme. Everything else stands in `look/pages.css`."""

from __future__ import annotations

import gradio as gr

# Light and dark. The same names stand in look/pages.css; a test holds the two together.
COLOURS = {
    "paper": ("#f7f6f2", "#14181d"),
    "card": ("#fffefb", "#1b2027"),
    "ink": ("#1c2430", "#e6e4dd"),
    "soft": ("#5d6672", "#9aa3ad"),
    "line": ("#dedbd2", "#2c333c"),
    "accent": ("#1d5c57", "#7cc4bb"),
    "accent-soft": ("#e4efec", "#1d2f2e"),
}
# Gradio's names for where each colour goes.
USES = {
    "paper": ("body_background_fill", "background_fill_primary", "panel_background_fill"),
    "card": (
        "background_fill_secondary",
        "block_background_fill",
        "input_background_fill",
        "button_secondary_background_fill",
        "button_primary_text_color",
        "table_even_background_fill",
        "table_odd_background_fill",
    ),
    "ink": ("body_text_color", "button_secondary_text_color", "block_title_text_color", "table_text_color"),
    "soft": ("body_text_color_subdued", "block_label_text_color", "block_info_text_color", "input_placeholder_color"),
    "line": (
        "border_color_primary",
        "block_border_color",
        "input_border_color",
        "button_secondary_border_color",
        "table_border_color",
        "checkbox_border_color",
    ),
    "accent": (
        "border_color_accent",
        "link_text_color",
        "link_text_color_hover",
        "link_text_color_visited",
        "link_text_color_active",
        "button_primary_background_fill",
        "button_primary_border_color",
        "checkbox_background_color_selected",
        "checkbox_border_color_selected",
        "input_border_color_focus",
        "loader_color",
    ),
    "accent-soft": ("button_primary_background_fill_hover", "button_secondary_background_fill_hover"),
}
SYSTEM = ("system-ui", "-apple-system", "Segoe UI", "sans-serif")
SYSTEM_MONO = ("ui-monospace", "Menlo", "Consolas", "monospace")


def paper() -> gr.themes.Base:
    """System fonts, no shadows, no fonts or images from anywhere."""
    theme = gr.themes.Base(font=SYSTEM, font_mono=SYSTEM_MONO, radius_size="sm", spacing_size="sm", text_size="md")
    values: dict[str, str] = {}
    for name, uses in USES.items():
        light, dark = COLOURS[name]
        for use in uses:
            values[use] = light
            if hasattr(theme, f"{use}_dark"):
                values[f"{use}_dark"] = dark
    values["button_primary_background_fill_hover"] = values["button_primary_background_fill"]
    values["button_primary_background_fill_hover_dark"] = values["button_primary_background_fill_dark"]
    return theme.set(**values, block_shadow="none", block_border_width="0px", button_large_radius="7px")
